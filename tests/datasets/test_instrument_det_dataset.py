"""Pictures with boxes, labels and outlines for the detector."""

import json

import numpy as np
import pytest
from pycocotools import mask as rle

import surgtools.register  # noqa: F401
from surgtools.annotations.coco import CocoBuilder
from surgtools.datasets import InstrumentDetDataset
from surgtools.datasets.instrument_det_dataset import MAX_OUTLINE_POINTS, outline_of
from surgtools.errors import InputError

TWEEZERS = np.array([[50, 5, 2], [48, 40, 2], [46, 80, 2], [52, 40, 1], [0, 0, 0]], float)


def write(folder, change=None):
    builder = CocoBuilder()
    image = builder.add_image("a.jpg", 100, 90, layer="a.png")
    builder.add_image("empty.jpg", 100, 90)
    builder.add_annotation(image, 2, TWEEZERS, (45, 4, 8, 78))
    content = builder.to_dict()
    if change:
        change(content)
    path = folder / "train/coco_keypoints.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(content))
    return folder


def build(folder, **settings):
    return InstrumentDetDataset(
        data_root=str(folder),
        ann_file="train/coco_keypoints.json",
        data_prefix={"img": "train/images/"},
        **settings,
    )


def test_boxes_are_corners_and_labels_count_from_zero(tmp_path):
    instance = build(write(tmp_path))[0]["instances"][0]
    assert instance["bbox"] == [45, 4, 53, 82]
    assert instance["bbox_label"] == 1


def test_keypoints_lie_in_the_slots_of_the_category(tmp_path):
    keypoints = build(write(tmp_path))[0]["instances"][0]["keypoints"]
    assert keypoints[:5].tolist() == np.zeros((5, 3)).tolist()
    assert keypoints[5:].tolist() == TWEEZERS.tolist()


def test_annotations_travel_with_test_pictures_only(tmp_path):
    folder = write(tmp_path)
    (annotation,) = build(folder, test_mode=True)[0]["raw_ann_info"]
    assert (annotation["category_id"], annotation["bbox"]) == (2, [45, 4, 8, 78])
    assert "raw_ann_info" not in build(folder)[0]


def test_labels_do_not_follow_the_order_of_the_file(tmp_path):
    folder = write(tmp_path, lambda content: content["categories"].reverse())
    assert build(folder)[0]["instances"][0]["bbox_label"] == 1


def test_pictures_without_instruments_are_kept(tmp_path):
    dataset = build(write(tmp_path))
    assert len(dataset) == 2
    assert dataset[1]["instances"] == []


def test_renamed_categories_are_refused(tmp_path):
    folder = write(tmp_path, lambda content: content["categories"][0].update(name="scissors"))
    with pytest.raises(InputError, match="category 'scissors' is unknown"):
        build(folder)


def annotation(**extra):
    return {"keypoints": TWEEZERS.ravel().tolist(), **extra}


def test_outline_without_mask_is_the_labelled_keypoints():
    assert outline_of(annotation()).tolist() == TWEEZERS[:4, :2].tolist()


@pytest.mark.parametrize("compressed", [True, False])
def test_outline_spans_the_mask(compressed):
    mask = np.zeros((90, 100), np.uint8)
    mask[10:81, 30:61] = 1
    if compressed:
        segmentation = rle.encode(np.asfortranarray(mask))
        segmentation["counts"] = segmentation["counts"].decode()
    else:
        flat = np.concatenate([[0], mask.ravel(order="F"), [0]])
        runs = np.diff(np.flatnonzero(np.diff(flat)), prepend=0, append=mask.size)
        segmentation = {"size": [90, 100], "counts": runs.tolist()}
    outline = outline_of(annotation(segmentation=segmentation))[4:]
    assert outline.min(axis=0).tolist() == [30, 10]
    assert outline.max(axis=0).tolist() == [60, 80]
    assert len(outline) <= MAX_OUTLINE_POINTS


def test_outline_of_a_polygon():
    points = outline_of(annotation(segmentation=[[1, 2, 30, 4, 5, 60]]))
    assert points[4:].tolist() == [[1, 2], [30, 4], [5, 60]]


def test_long_outlines_are_thinned():
    mask = np.zeros((1000, 1000), np.uint8)
    mask[10:990, 10:990] = 1
    segmentation = rle.encode(np.asfortranarray(mask))
    points = outline_of(annotation(segmentation=segmentation))
    assert 100 < len(points) <= MAX_OUTLINE_POINTS + 5
