"""Groups are dealt out once each, deterministically, in the ratios, and stay when more come."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surgtools.annotations.assignment import assign_groups
from surgtools.errors import InputError

RATIOS = (0.7, 0.15, 0.15)
FEATURES = st.dictionaries(
    st.text(max_size=4),
    st.tuples(st.integers(1, 50), st.integers(0, 9), st.integers(0, 9)),
    min_size=3,
    max_size=40,
)


@settings(max_examples=80, deadline=None)
@given(features=FEATURES, more=FEATURES, seed=st.integers(0, 5))
def test_assignment_is_a_deterministic_partition_and_stable_under_added_groups(
    features, more, seed
):
    first = assign_groups(features, RATIOS, seed)
    assert first.keys() == features.keys()
    assert set(first.values()) == {"train", "val", "test"}
    assert assign_groups(dict(reversed(features.items())), RATIOS, seed) == first
    grown = assign_groups({**more, **features}, RATIOS, seed, previous=first)
    assert grown.keys() == features.keys() | more.keys()
    assert all(grown[name] == part for name, part in first.items())


def test_equal_groups_are_dealt_out_in_the_ratios():
    features = {f"g{n}": (10, 5, 5) for n in range(20)}
    parts = list(assign_groups(features, RATIOS, 0).values())
    assert [parts.count(part) for part in ("train", "val", "test")] == [14, 3, 3]


def test_rare_categories_are_spread():
    # 40 groups, of which 10 hold the second category: 5 / 5 is the even half.
    features = {f"g{n:02d}": (10, 10, 4 if n < 10 else 0) for n in range(40)}
    found = assign_groups(features, (0.5, 0.5), 1, ("a", "b"))
    assert sum(found[f"g{n:02d}"] == "a" for n in range(10)) == 5


def test_seed_changes_who_goes_where():
    features = {f"g{n}": (1,) for n in range(30)}
    assert assign_groups(features, RATIOS, 0) != assign_groups(features, RATIOS, 1)


def test_no_groups_give_no_parts():
    assert assign_groups({}, RATIOS, 0) == {}


@pytest.mark.parametrize(
    ("ratios", "parts", "message"),
    [
        ((0.7, 0.3), ("a", "b", "c"), "2 ratios for 3 parts"),
        ((0.7, 0.7, -0.4), ("a", "b", "c"), "with sum 1"),
        ((0.5, 0.4), ("a", "b"), "with sum 1"),
        ((0.5, 0.5), ("a", "a"), "repeat a name"),
        ((0.2,) * 5, tuple("abcde"), "3 groups cannot fill 5 parts"),
    ],
)
def test_impossible_settings_are_refused(ratios, parts, message):
    features = {name: (1,) for name in "xyz"}
    with pytest.raises(InputError, match=message):
        assign_groups(features, ratios, 0, parts)
