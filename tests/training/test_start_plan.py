"""The first settings follow from data and machine."""

import json

import pytest

from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Category, Taxonomy
from surgtools.training.start_plan import DataFacts, plan_start, read_data_facts

BOXES = Taxonomy("boxes", (Category(1, "box"),))


@pytest.mark.parametrize(("share", "side"), [(0.5, 320), (0.09, 416), (0.06, 640), (0.01, 640)])
def test_the_input_shows_a_small_instance_with_32_pixels(share, side):
    assert plan_start(DataFacts(500, 900, share, True), SURGICAL, gpu=False).side == side


def test_epochs_take_as_many_iterations_whatever_the_size_of_the_data():
    # 2,000 iterations of 16 pictures are 32,000 pictures: 64 epochs of 500.
    plan = plan_start(DataFacts(500, 1000, 0.5, True), SURGICAL, gpu=False)
    assert (plan.batch, plan.epochs, plan.pose_epochs) == (16, 64, 64)
    assert plan_start(DataFacts(10**6, 10**6, 0.5, True), SURGICAL, gpu=False).epochs == 20
    assert plan_start(DataFacts(8, 8, 0.5, True), SURGICAL, gpu=False).batch == 2


def test_a_graphics_card_gets_larger_networks_and_boxes_alone_no_pose():
    plan = plan_start(DataFacts(500, 900, 0.5, False), BOXES, gpu=True)
    assert plan.detector.startswith("rtmdet-s_")
    assert plan.pose is None


def test_without_labelled_keypoints_no_pose_network_is_planned():
    """The built-in categories define some, and the data label none."""
    assert plan_start(DataFacts(500, 900, 0.5, False), SURGICAL, gpu=False).pose is None
    assert plan_start(DataFacts(500, 900, 0.5, True), SURGICAL, gpu=False).pose is not None


@pytest.mark.parametrize(
    ("keypoints", "has_keypoints"),
    [({}, False), ({"keypoints": [0, 0, 0]}, False), ({"keypoints": [5, 5, 1]}, True)],
)
def test_facts_say_whether_a_keypoint_is_labelled(tmp_path, keypoints, has_keypoints):
    row = {"id": 1, "image_id": 1, "bbox": [0, 0, 50, 10]}
    content = {"images": [{"id": 1, "width": 200, "height": 100}], "categories": []}
    content["annotations"] = [row, row | {"id": 2, **keypoints}]
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert read_data_facts(tmp_path / "a.json").has_keypoints == has_keypoints


def test_facts_are_read_from_the_file(tmp_path):
    content = {
        "images": [{"id": 1, "width": 200, "height": 100}],
        "categories": [],
        "annotations": [
            {"id": n, "image_id": 1, "bbox": [0, 0, 50, side]} for n, side in enumerate([10, 100])
        ]
        + [{"id": 9, "image_id": 1, "iscrowd": 1, "bbox": [0, 0, 1, 1]}],
    }
    (tmp_path / "a.json").write_text(json.dumps(content))
    facts = read_data_facts(tmp_path / "a.json")
    # Shares of the longer side: 50 / 200 and 100 / 200; the 10th percentile is 0.25 + 0.1 * 0.25.
    assert facts == DataFacts(1, 2, pytest.approx(0.275), False, False)


def test_a_file_without_boxes_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('{"images": [], "annotations": [], "categories": []}')
    with pytest.raises(InputError, match="0 pictures and no instance"):
        read_data_facts(tmp_path / "a.json")
