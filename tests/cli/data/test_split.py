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


def test_pictures_that_are_not_there_are_told(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=4) / "train"
    (folder / "images/00001.jpg").unlink()
    arguments = ("--ratios", 0.5, 0.5, "--out-dir", tmp_path / "out")
    code, text, _ = data("split", folder / "coco_keypoints.json", *arguments)
    assert code == 0 and "1 of 4 pictures were not found" in text


def test_names_that_lead_out_are_refused_or_come_in(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=2) / "train"
    (tmp_path / "far").mkdir()
    file = folder / "coco_keypoints.json"
    content = json.loads(file.read_text())
    for image in content["images"]:
        picture = folder / "images" / image["file_name"]
        image["file_name"] = str(picture.rename(tmp_path / "far" / picture.name))
    file.write_text(json.dumps(content))
    arguments = ("--ratios", 0.5, 0.5, "--out-dir", tmp_path / "out")
    code, _, err = data("split", file, *arguments)
    assert code == 2 and "image 1" in err and not (tmp_path / "out").exists()
    assert data("split", file, *arguments, "--allow-outside")[0] == 0
    assert len(list((tmp_path / "out").rglob("*.jpg"))) == 2
    assert data("check", *sorted((tmp_path / "out").glob("*/*.json")))[0] == 0
