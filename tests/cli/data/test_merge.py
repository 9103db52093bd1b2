"""``data merge`` end to end."""

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
