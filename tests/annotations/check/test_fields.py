"""The table of fields: what each may hold, and that judging rows together changes nothing."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surgtools.annotations.check.field_values import is_name
from surgtools.annotations.check.fields import (
    ANNOTATION_FIELDS,
    IMAGE_FIELDS,
    all_sound,
    field_faults,
)
from surgtools.annotations.check.problems import KINDS
from surgtools.annotations.check.writable import find_unwritable, require_writable, shorten
from surgtools.errors import InputError

TABLES = {"images": IMAGE_FIELDS, "annotations": ANNOTATION_FIELDS}
SOUND = {
    "images": {"id": 1, "file_name": "a.jpg", "width": 9, "height": 5, "video_id": 0},
    "annotations": {"id": 1, "image_id": 1, "bbox": [1, 2, 3, 4], "keypoints": [1.5, 2, 2] * 5},
}
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


def test_every_rule_has_a_kind_that_is_refused():
    for rules in TABLES.values():
        assert all(KINDS[rule.code].refused for steps in rules.values() for rule in steps)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), table=st.sampled_from(sorted(TABLES)))
def test_judging_rows_together_is_judging_each(data, table):
    rules = TABLES[table]
    rows = [dict(SOUND[table]) for _ in range(3)]
    for row in rows:
        for field in data.draw(st.lists(st.sampled_from([*rules, "camera"]), max_size=2)):
            row[field] = data.draw(ANY)
    found = [fault for row in rows for fault in field_faults(row, rules)]
    assert all_sound(rows, rules) == (not found)


def test_first_number_that_json_cannot_say_is_named_with_its_field():
    assert find_unwritable({"camera": {"fx": math.nan}}) == (
        "camera.fx is nan; a finite number is expected"
    )
    assert find_unwritable({"a": 1, "pose": [[1], [2.0, -math.inf], [math.nan]]}).startswith(
        "pose[1][1] is -inf"
    )
    assert find_unwritable({"id": math.nan, "x": ["NaN", None, 1e308]}, known=["id"]) is None
    assert find_unwritable({}) is None


def test_lists_in_lists_may_be_a_hundred_deep():
    assert find_unwritable({"x": json.loads("[" * 100 + "]" * 100)}) is None
    assert "nested too deeply" in find_unwritable({"x": json.loads("[" * 102 + "]" * 102)})


@settings(max_examples=200, deadline=None)
@given(value=ANY)
def test_what_is_let_through_can_be_written(value):
    try:
        json.dumps(value, allow_nan=False)
        writable = True
    except ValueError:
        writable = False
    assert (find_unwritable({"x": value}) is None) == writable


def test_refusal_starts_with_the_place():
    with pytest.raises(InputError, match=r"^a.json: image 3: x is inf; a finite .*; mend"):
        require_writable({"x": math.inf}, "a.json: image 3")


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("a.jpg", True),
        ("clip 1/ä.jpg", True),
        ("a" * 255, True),
        ("a" * 256, False),
        ("ä" * 127, True),
        ("ä" * 128, False),
        ("/".join(["a" * 200] * 19), True),
        ("/".join(["a" * 200] * 21), False),
        ("", False),
        ("a\0", False),
        ("\udc80", False),
        (5, False),
        (None, False),
    ],
)
def test_a_name_is_one_that_a_file_can_have(name, sound):
    assert is_name(name) == sound


def test_long_values_are_shortened():
    assert shorten([1]) == "[1]"
    assert len(shorten("x" * 1000)) == 80


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("track_id", [3, "a", None], [[1], 1.5]),
        ("score", [0.5, 1], ["good", math.nan]),
        ("iscrowd", [0, 1], [2, "0"]),
    ],
)
def test_rules_of_annotations(field, good, bad):
    def sound(value) -> bool:
        return all(rule.is_sound(value) for rule in ANNOTATION_FIELDS[field])

    assert all(map(sound, good)) and not any(map(sound, bad))


def test_whole_numbers_beyond_an_array_are_none():
    from surgtools.annotations.check.field_values import is_number

    assert is_number(2**62) and is_number(-1e299)
    assert not any(map(is_number, (10**40, -(10**40), 1e300, True, "1")))
