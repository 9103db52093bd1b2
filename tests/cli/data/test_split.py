"""``data split`` end to end."""

import json


def test_table_and_parts(data, draw_dataset, tmp_path):
    file = draw_dataset(train=20) / "train/coco_keypoints.json"
    out = tmp_path / "out"
    code, text, _ = data("split", file, "--out-dir", out, "--seed", 3)
    assert code == 0
    assert "groups" in text and "needle_holder" in text and "train (70%)" in text
    counts = [len(list((out / part / "images").iterdir())) for part in ("train", "val", "test")]
    assert counts == [14, 3, 3]
    assert data("check", *sorted(out.glob("*/coco_keypoints.json")))[0] == 0
    assert "20 groups stayed" in data("split", file, "--out-dir", out, "--seed", 3)[1]
    assert sorted(set(json.loads((out / "split.json").read_text())["groups"].values())) == [
        "test",
        "train",
        "val",
    ]


def test_two_ratios_make_train_and_val(data, draw_dataset, tmp_path):
    file = draw_dataset(train=4) / "train/coco_keypoints.json"
    arguments = ("--ratios", 0.5, 0.5, "--group-pattern", r"(\d+)\.jpg", "--pictures", "keep")
    assert data("split", file, "--out-dir", tmp_path / "out", *arguments)[0] == 0
    found = sorted(p.name for p in (tmp_path / "out").rglob("*") if p.is_dir())
    assert found == ["train", "val"]


def test_pattern_that_misses_a_picture_is_refused(data, draw_dataset, tmp_path):
    file = draw_dataset(train=3) / "train/coco_keypoints.json"
    code, _, err = data("split", file, "--out-dir", tmp_path / "o", "--group-pattern", "0000[01]")
    assert code == 2 and "image 3 00002.jpg does not match" in err
    assert not (tmp_path / "o").exists()
