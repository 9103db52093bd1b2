"""``data merge`` end to end."""

import json
import shutil

from surgtools.annotations.coco import load_coco


def test_merged_folder_is_a_data_set(data, draw_dataset, tmp_path):
    one, two = draw_dataset(name="one", train=8), draw_dataset(name="two", train=8, seed=5)
    files = [folder / "train/coco_keypoints.json" for folder in (one, two)]
    out = tmp_path / "all/train/coco_keypoints.json"
    code, text, _ = data("merge", *files, "--out", out, "--pictures", "link", "--drop-empty")
    assert code == 0
    assert "14 images, 28 annotations" in text
    assert "2 pictures without annotations were dropped" in text
    assert "another picture of that name, now 00000_2.jpg" in text
    assert len(load_coco(out)["images"]) == 14
    assert data("check", out)[0] == 0


def test_without_pictures_a_name_clash_is_refused(data, draw_dataset, tmp_path):
    files = [
        draw_dataset(name=name, train=1, seed=seed) / "train/coco_keypoints.json"
        for name, seed in (("one", 0), ("two", 5))
    ]
    code, _, err = data("merge", *files, "--out", tmp_path / "m.json")
    assert code == 2 and "--pictures link" in err
    assert not (tmp_path / "m.json").exists()


def test_output_that_was_meant_as_input_is_kept(data, draw_dataset, tmp_path):
    files = [draw_dataset(name=n, train=1) / "train/coco_keypoints.json" for n in ("one", "two")]
    labels = files[0].read_bytes()
    code, _, err = data("merge", "--out", *files)
    assert code == 2 and "is there and is not a merged file" in err
    assert data("merge", *files, "--out", files[1])[0] == 2
    assert files[0].read_bytes() == labels
    merged = [data("merge", *files, "--out", tmp_path / "m.json")[0] for _ in range(2)]
    assert merged == [0, 0]


def test_pictures_that_are_not_there_are_told(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=3) / "train"
    (folder / "images/00001.jpg").unlink()
    file, out = folder / "coco_keypoints.json", tmp_path / "new/m.json"
    code, text, _ = data("merge", file, "--out", out, "--pictures", "link")
    assert code == 0 and "1 pictures were not found" in text
    assert "not found" not in data("merge", file, "--out", out)[1]


def test_names_that_lead_out_are_refused_or_come_in(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=2) / "train"
    (tmp_path / "far").mkdir()
    file, out = folder / "coco_keypoints.json", tmp_path / "new/m.json"
    content = json.loads(file.read_text())
    for image in content["images"]:
        picture = folder / "images" / image["file_name"]
        image["file_name"] = str(picture.rename(tmp_path / "far" / picture.name))
    file.write_text(json.dumps(content))
    code, _, err = data("merge", file, "--out", out, "--pictures", "link")
    assert code == 2 and "image 1" in err and not out.exists()
    more = ("--pictures", "link", "--allow-outside")
    assert data("merge", file, "--out", out, *more)[0] == 0
    assert data("check", out)[0] == 0


def test_pictures_that_nobody_could_compare_are_told(data, draw_dataset, tmp_path):
    files = [
        draw_dataset(name=name, train=2, seed=seed) / "train/coco_keypoints.json"
        for name, seed in (("one", 0), ("two", 5))
    ]
    (files[1].parent / "images/00000.jpg").unlink()
    shutil.copy(files[0].parent / "images/00001.jpg", files[1].parent / "images/00001.jpg")
    code, text, _ = data("merge", *files, "--out", tmp_path / "m.json")
    assert code == 0 and "1 image entries showed a picture that was there already" in text
    assert "1 image entries joined another of their name and size, and no picture was" in text
    assert "if they differ, put the pictures into images/ beside each file" in text
