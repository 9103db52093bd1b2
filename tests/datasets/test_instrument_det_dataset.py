"""Pictures with boxes, labels and outlines for the detector."""

import json

import cv2
import numpy as np
import pytest
from mmdet.registry import TRANSFORMS

import surgtools.register  # noqa: F401
from surgtools.annotations.coco import CocoBuilder
from surgtools.configs.pipelines import box_pipelines, composed_pipelines
from surgtools.datasets import InstrumentDetDataset
from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy

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


def test_places_in_space_lie_in_the_slots_of_the_category(tmp_path):
    places = [[0.01 * n, 0.0, 0.4] for n in range(5)]

    def known(content):
        content["annotations"][0]["keypoints_3d"] = places

    read = build(write(tmp_path / "known", known))[0]["instances"][0]["keypoints_3d"]
    np.testing.assert_allclose(read[5:], np.column_stack([places, np.ones(5)]), atol=1e-6)
    assert not read[:5].any()
    assert not build(write(tmp_path / "not"))[0]["instances"][0]["keypoints_3d"].any()


@pytest.mark.parametrize("places", [[[0, 0, 1]] * 4, "far", [[0, 0, "x"]] * 5])
def test_places_that_mean_nothing_are_refused(tmp_path, places):
    def broken(content):
        content["annotations"][0]["keypoints_3d"] = places

    with pytest.raises(InputError, match="annotation 1: keypoints_3d should be 5 points of three"):
        build(write(tmp_path, broken))


@pytest.fixture
def boxes_alone(tmp_path):
    """Folder and taxonomy of one picture with two plates, which have no keypoints."""
    taxonomy = Taxonomy("boxes", (Category(1, "plate"),))
    builder = CocoBuilder(instruments=taxonomy.categories)
    image = builder.add_image("a.png", 100, 90)
    for x in (5, 50):
        builder.add_annotation(image, 1, np.zeros((0, 3)), (x, 20, 40, 50))
    builder.write(tmp_path / "train/coco_keypoints.json")
    (tmp_path / "train/images").mkdir()
    cv2.imwrite(str(tmp_path / "train/images/a.png"), np.full((90, 100, 3), 90, np.uint8))
    return tmp_path, taxonomy


@pytest.mark.parametrize(
    "pipeline", [box_pipelines((64, 64))[0], composed_pipelines((64, 64), (64, 64), None)[0]]
)
def test_a_detector_learns_from_categories_without_keypoints(boxes_alone, pipeline):
    folder, taxonomy = boxes_alone
    steps = [TRANSFORMS.build(step) for step in pipeline]
    dataset = build(folder, taxonomy=taxonomy.to_dict(), pipeline=steps)
    np.random.seed(0)
    counts = {len(dataset[0]["data_samples"].gt_instances) for _ in range(10)}
    assert counts and counts <= {0, 1, 2} and max(counts) > 0
