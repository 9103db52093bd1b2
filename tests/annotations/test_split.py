"""A split is a partition by group: deterministic, balanced, and stable when groups are added."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surgtools.annotations.coco import load_coco
from surgtools.annotations.grouping import GroupBy
from surgtools.annotations.split import assign_groups, split_file
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


@pytest.fixture
def whole(make_content, tmp_path):
    path = tmp_path / "whole.json"
    path.write_text(json.dumps(make_content(videos=10, frames=4)))
    return path


def test_parts_hold_every_row_once_and_no_video_twice(whole, tmp_path):
    split_file(whole, tmp_path / "out", RATIOS, 42, GroupBy(pattern=r"^(clip\d+)/"))
    content = load_coco(whole)
    parts = [
        load_coco(tmp_path / "out" / p / "coco_keypoints.json") for p in ("train", "val", "test")
    ]
    for table in ("images", "annotations"):
        rows = [row for part in parts for row in part[table]]
        assert sorted(rows, key=lambda row: row["id"]) == content[table]
    videos = [{image["video_id"] for image in part["images"]} for part in parts]
    assert [len(v) for v in videos] == [7, 2, 1] or [len(v) for v in videos] == [7, 1, 2]
    assert not (videos[0] & videos[1] or videos[0] & videos[2] or videos[1] & videos[2])


def test_groups_stay_when_the_file_grows(make_content, whole, tmp_path):
    first = split_file(whole, tmp_path / "out", RATIOS, 42)
    whole.write_text(json.dumps(make_content(videos=20, frames=6)))
    second = split_file(whole, tmp_path / "out", RATIOS, 42)
    assert second.kept == 10
    assert all(second.groups[name] == part for name, part in first.groups.items())
    assert len(second.groups) == 20
    assert second.totals[:, 0].sum() == 120


def test_summary_counts_by_hand(whole, tmp_path):
    summary = split_file(whole, tmp_path / "out", (0.5, 0.5), 0, parts=("a", "b"))
    # 40 pictures; tweezers: 1 of 5 keypoints unlabelled, 1 hidden; needle holder: 1 hidden.
    assert summary.features == [
        "images",
        "empty images",
        "needle_holder",
        "tweezers",
        "hidden keypoints",
        "visible keypoints",
    ]
    assert summary.totals.sum(axis=0).tolist() == [40, 0, 40, 40, 80, 280]
    assert summary.totals[:, 0].tolist() == [20, 20]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": 1}, "an earlier split had seed 42, now 1"),
        ({"group_by": GroupBy(folder=True)}, "an earlier split had group_by"),
    ],
)
def test_a_split_that_would_mix_is_refused(whole, tmp_path, arguments, message):
    split_file(whole, tmp_path / "out", RATIOS, 42)
    before = (tmp_path / "out/train/coco_keypoints.json").read_bytes()
    with pytest.raises(InputError, match=message):
        split_file(whole, tmp_path / "out", RATIOS, **{"seed": 42, **arguments})
    assert (tmp_path / "out/train/coco_keypoints.json").read_bytes() == before


def test_other_data_in_the_folder_is_not_overwritten(whole, tmp_path):
    (tmp_path / "out/val").mkdir(parents=True)
    (tmp_path / "out/val/coco_keypoints.json").write_text("{}")
    with pytest.raises(InputError, match="is there without a split.json"):
        split_file(whole, tmp_path / "out", RATIOS, 42)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["images"].append(3), "needs id and file_name"),
        (lambda c: c["images"].append(c["images"][0]), "image id 1 occurs twice"),
        (lambda c: c["annotations"].append({}), "is broken"),
        (lambda c: c["annotations"][0].update(image_id=999), "image 999, which is absent"),
        (lambda c: c.update(images=[], annotations=[]), "has no images"),
    ],
)
def test_broken_input_is_named_and_writes_nothing(make_content, tmp_path, change, message):
    content = make_content()
    change(content)
    (tmp_path / "bad.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=message):
        split_file(tmp_path / "bad.json", tmp_path / "out", RATIOS, 42)
    assert not (tmp_path / "out").exists()
