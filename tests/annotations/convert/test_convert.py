"""Every format brings annotations back: v, order, boxes, ids of categories; losses are listed."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surgtools.annotations.coco import CocoBuilder, load_coco
from surgtools.annotations.convert import FORMATS, Options, convert
from surgtools.errors import InputError
from surgtools.metainfo import INSTRUMENTS

ROUND_TRIPS = ("yolo", "cvat-images", "cvat-video", "label-studio")
ASSETS = Path(__file__).parents[4] / "shared/assets"
needs_assets = pytest.mark.skipif(
    not ASSETS.exists(), reason="the shared assets are not beside the checkout"
)


def facts(content: dict, fields: tuple[str, ...] = ()) -> list:
    """Annotations with the names of their pictures, without ids, in one order."""
    names = {image["id"]: image["file_name"] for image in content["images"]}
    return sorted(
        (
            [names[a["image_id"]], a["category_id"], a["keypoints"], a["bbox"]]
            + [a.get(field) for field in fields]
            for a in content["annotations"]
        ),
        key=str,
    )


def there_and_back(source: Path, name: str, folder: Path) -> tuple[dict, list[str]]:
    done = convert(source, folder / "there", "coco", name, Options())
    images = source.parent / "images"
    options = Options(images=images if images.is_dir() else None)
    convert(folder / "there", folder / "back", name, "coco", options)
    (file,) = (folder / "back").glob("*/coco_keypoints.json")
    return json.loads(file.read_text()), done.losses


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_drawn_data_comes_back(name, draw_dataset, tmp_path):
    source = draw_dataset(val=5) / "val/coco_keypoints.json"
    content = json.loads(source.read_text())
    for n, image in enumerate(content["images"]):
        image.update(video_id=4, frame_id=n)
    for a in content["annotations"]:
        a["track_id"] = a["category_id"]
        a["keypoints"][5] = 1
    content["annotations"][0]["keypoints"][6:9] = [0, 0, 0]
    content["annotations"][0]["num_keypoints"] = 4
    source.write_text(json.dumps(content))
    back, losses = there_and_back(source, name, tmp_path)
    tracked = () if name == "yolo" else ("track_id",)
    assert facts(back, tracked) == facts(content, tracked)
    assert back["categories"] == content["categories"]
    assert [i["file_name"] for i in back["images"]] == [i["file_name"] for i in content["images"]]
    load_coco(next((tmp_path / "back").glob("*/coco_keypoints.json")))
    lost = {line.split(" (")[0] for line in losses}
    assert ("annotations[].track_id" in lost) == (name == "yolo")
    assert ("images[].video_id" in lost) == (name in ("yolo", "cvat-images"))


@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_boxes_that_say_nothing_of_keypoints_come_back(name, draw_dataset, tmp_path):
    """COCO lets the field away where a category has no keypoints."""
    source = draw_dataset(val=2) / "val/coco_keypoints.json"
    content = json.loads(source.read_text())
    content["categories"].append({"id": 7, "name": "drape"})
    for number, image in enumerate(content["images"]):
        row = {"id": 100 + number, "image_id": image["id"], "category_id": 7, "iscrowd": 0}
        content["annotations"].append(row | {"bbox": [4, 6, 20, 10], "area": 200})
    source.write_text(json.dumps(content))
    back, _ = there_and_back(source, name, tmp_path)
    (drape,) = (row["id"] for row in back["categories"] if row["name"] == "drape")
    boxes = [row for row in back["annotations"] if row["category_id"] == drape]
    assert [(row["bbox"], row["keypoints"]) for row in boxes] == [([4, 6, 20, 10], [])] * 2
    assert len(back["annotations"]) == len(content["annotations"])


@st.composite
def annotated(draw) -> dict:
    """Up to three frames of 64 x 48 with any visibility; boxes hold their keypoints."""
    builder = CocoBuilder()
    place = st.integers(0, 188).map(lambda v: v / 4)
    for frame in range(draw(st.integers(1, 3))):
        image_id = builder.add_image(f"f_{frame:03d}.png", 64, 48, video_id=1, frame_id=frame)
        for instrument in draw(st.lists(st.sampled_from(INSTRUMENTS), unique=True)):
            rows = draw(
                st.lists(st.tuples(place, place, st.integers(0, 2)), min_size=5, max_size=5)
            )
            keypoints = np.array(rows, dtype=float)
            box = [draw(place) / 2, draw(place) / 4, 15.5, 20.25]
            builder.add_annotation(image_id, instrument.id, keypoints, box, track_id=instrument.id)
    return builder.to_dict()


@pytest.mark.parametrize("name", ["cvat-images", "cvat-video", "label-studio"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(content=annotated())
def test_any_visibility_and_order_come_back(name, content, tmp_path):
    source = tmp_path / "train" / "coco.json"
    source.parent.mkdir(exist_ok=True)
    source.write_text(json.dumps(content))
    for suffix in ("*.xml", "*.json"):
        for file in (tmp_path / "there").rglob(suffix):
            file.unlink()
    back, _ = there_and_back(source, name, tmp_path)
    assert facts(back, ("track_id",)) == facts(content, ("track_id",))


@pytest.mark.parametrize(
    ("parts", "name"), [(("train", "val"), "yolo"), (("train", "val"), "label-studio")]
)
def test_parts_stay_apart(parts, name, draw_dataset, tmp_path):
    folder = draw_dataset(train=2, val=1)
    convert(folder, tmp_path / "there", "coco", name, Options())
    done = convert(tmp_path / "there", tmp_path / "back", name, "coco", Options())
    assert done.images == {"train": 2, "val": 1}


def test_formats_that_cannot_are_refused(tmp_path):
    with pytest.raises(InputError, match="cannot write to predictions"):
        convert(tmp_path, tmp_path, "coco", "predictions", Options())
    with pytest.raises(InputError, match="cannot read from coco-results"):
        convert(tmp_path, tmp_path, "coco-results", "coco", Options())
    with pytest.raises(InputError, match="'voc' is unknown; choose from coco, yolo"):
        convert(tmp_path, tmp_path, "voc", "coco", Options())
    assert {"coco", "yolo", "predictions"} <= FORMATS.keys()


@needs_assets
@pytest.mark.parametrize(
    ("source", "name", "annotations"),
    [
        ("cvat/for_images/train.xml", "cvat-images", 3),
        ("cvat/for_video/annotations.xml", "cvat-video", 4),
        ("yolo_pose/yolov8_pose", "yolo", 1),
        ("yolo_pose/yolov8_pose_two_values_per_point", "yolo", 1),
    ],
)
def test_files_of_other_tools_come_back(source, name, annotations, tmp_path):
    options = Options(images=(ASSETS / source).parent / "images" if "cvat" in name else None)
    convert(ASSETS / source, tmp_path / "first", name, "coco", options)
    (file,) = (tmp_path / "first").glob("*/coco_keypoints.json")
    content = json.loads(file.read_text())
    assert len(content["annotations"]) == annotations
    if name == "cvat-video":
        assert [a["track_id"] for a in content["annotations"]] == [0, 3, 3, 3]
        assert [len(a["keypoints"]) for a in content["annotations"]] == [0, 12, 12, 12]
    back, _ = there_and_back(file, name, tmp_path / "more")
    assert facts(back) == facts(content)
    assert [c["keypoints"] for c in back["categories"]] == [
        c["keypoints"] for c in content["categories"]
    ]


@needs_assets
def test_cvat_outside_is_unlabelled(tmp_path):
    source = ASSETS / "cvat/for_video/annotations.xml"
    done = convert(source, tmp_path / "a.json", "cvat-video", "coco", Options())
    content = json.loads((tmp_path / "a.json").read_text())
    assert [a["keypoints"][8:9] for a in content["annotations"]] == [[], [2], [0], [0]]
    assert [i["frame_id"] for i in content["images"]] == [10, 13, 16, 19]
    assert any("tracks of <polyline>" in line for line in done.losses)
