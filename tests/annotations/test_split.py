"""A split is a partition by group: deterministic, balanced, and stable when groups are added."""

import json
import math

import pytest

from surgtools.annotations.coco import load_coco
from surgtools.annotations.grouping import GroupBy
from surgtools.annotations.split import split_file
from surgtools.errors import InputError

RATIOS = (0.7, 0.15, 0.15)


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


@pytest.mark.parametrize(
    ("plant", "place"),
    [
        (lambda c: c["images"][0].update(camera={"fx": math.nan}), "image 1 .*: camera.fx is nan"),
        (lambda c: c["annotations"][2].update(pose=[math.inf]), r"annotation 3: pose\[0\] is inf"),
        (lambda c: c["info"].update(fps=-math.inf), "a.json: info.fps is -inf"),
        (lambda c: c["categories"][1].update(w=math.nan), "category 'tweezers': w is nan"),
    ],
)
def test_a_number_that_is_none_is_refused_with_its_place(content, tmp_path, plant, place):
    plant(content)
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=place):
        split_file(tmp_path / "a.json", tmp_path / "out", RATIOS, pictures="keep")
    assert not (tmp_path / "out").exists()
