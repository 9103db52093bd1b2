"""``data stats``: table and page."""

import json


def test_table_and_page(data, draw_dataset, tmp_path):
    file = draw_dataset(train=8) / "train/coco_keypoints.json"
    code, text, _ = data("stats", file, "--html", tmp_path / "s.html", "--num", 5)
    assert code == 0
    assert "8 images (1 without instruments), 14 instruments, 0 videos" in text
    assert "right_handle" in text
    page = (tmp_path / "s.html").read_text()
    assert page.count("data:image/jpeg;base64,") == 5
    assert "http" not in page
    assert "128 x 128" in page


def test_boxes_and_crowd_regions_are_counted(data, draw_dataset):
    file = draw_dataset(train=2) / "train/coco_keypoints.json"
    content = json.loads(file.read_text())
    image = content["images"][0]["id"]
    content["categories"].append({"id": 7, "name": "drape"})
    content["annotations"] += [
        {"id": 900 + crowd, "image_id": image, "category_id": 7, "iscrowd": crowd}
        | {"bbox": [4, 6, 20, 10], "area": 200}
        for crowd in (0, 1)
    ]
    file.write_text(json.dumps(content))
    code, text, _ = data("stats", file)
    assert code == 0 and "drape (1)" in text and "1 crowd regions, 0 videos" in text


def test_pictures_that_are_not_there_are_left_out(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=3) / "train"
    (folder / "images/00001.jpg").unlink()
    data("stats", folder / "coco_keypoints.json", "--html", tmp_path / "s.html")
    assert (tmp_path / "s.html").read_text().count("data:image/jpeg") == 2


def test_page_replaces_a_page_only(data, draw_dataset, tmp_path):
    file = draw_dataset(train=1) / "train/coco_keypoints.json"
    (tmp_path / "notes.html").write_text("<html>mine</html>")
    code, _, err = data("stats", file, "--html", tmp_path / "notes.html")
    assert code == 2 and "is there and is not a page" in err
    assert [data("stats", file, "--html", tmp_path / "page.html")[0] for _ in range(2)] == [0, 0]
