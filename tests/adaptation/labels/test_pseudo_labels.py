"""A round is a valid dataset, and says of every frame what is known."""

import numpy as np
import pytest

from surgtools.adaptation.frames.pool import FramePool, PoolFrame
from surgtools.adaptation.labels.doubtful import frame_statuses
from surgtools.adaptation.labels.pseudo_labels import (
    build_round,
    keypoint_weights,
    list_rejected,
    write_round,
)
from surgtools.annotations.coco import load_coco
from surgtools.prediction.results import Instance

POINTS = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])
BAD = "bbox_score: 0.1 is below 0.5"


def instance(shift=0.0, keypoint_scores=(0.9,) * 5, visible=(1.0,) * 5):
    box = np.array([30.0, 10, 70, 90]) + shift
    return Instance(1, box, 0.9, POINTS + shift, np.array(keypoint_scores), np.array(visible))


@pytest.fixture
def pool(tmp_path):
    frames = [PoolFrame(f"{i}.jpg", 100, 100, "film", "a", i, "a") for i in range(6)]
    return FramePool(tmp_path, frames)


def test_statuses(proposals_of):
    far = instance(shift=200.0)
    proposals = proposals_of([[instance()] * 2, [instance(), far], [instance()], [], [instance()]])
    surer = "one_per_place: a surer proposal (0.9) is at the same place"
    reasons = ["", surer, "", BAD, BAD, ""]
    statuses = frame_statuses(range(5), proposals, reasons)
    assert list(statuses.values()) == ["labelled", "partly", "doubtful", "empty", "labelled"]


def test_a_part_of_an_accepted_instrument_is_no_doubt_but_one_set_aside_is(proposals_of):
    proposals = proposals_of([[instance(), instance(shift=3.0)]])  # 37 x 77 of 40 x 80 px inside
    assert frame_statuses([0], proposals, ["", BAD]) == {0: "labelled"}
    # 32 x 72 of 40 x 80 px inside, but the same axis in a box of IoU 2304 / 4096: once more
    again = proposals_of([[instance(), instance(shift=8.0)]])
    assert frame_statuses([0], again, ["", BAD]) == {0: "labelled"}
    beside = proposals_of([[instance(), instance(shift=14.0)]])  # 26 x 66 inside, 20 px away
    assert frame_statuses([0], beside, ["", BAD]) == {0: "partly"}
    assert frame_statuses([0], proposals, ["", "class_balance: too many"]) == {0: "partly"}


def test_a_detector_is_taught_nothing_where_an_instance_is_doubtful(pool, proposals_of):
    per_frame = [[instance()], [instance(), instance(shift=200.0)], [instance()], [], [], []]
    proposals = proposals_of(per_frame)
    reasons = ["", "", BAD, BAD]
    marked = build_round(pool, range(6), proposals, reasons, 0.5, max_empty_share=0.4)
    assert [image["file_name"] for image in marked.images] == ["0.jpg", "1.jpg", "3.jpg"]
    assert [(row["image_id"], row["iscrowd"]) for row in marked.annotations] == [
        (1, 0),
        (2, 0),
        (2, 1),
    ]
    assert marked.annotations[2]["num_keypoints"] == 0
    assert marked.info["round"]["instances"] == {"needle_holder": 2, "tweezers": 0}
    single = build_round(pool, range(6), proposals, reasons, 0.5, mark_doubtful=False)
    assert [image["file_name"] for image in single.images] == ["0.jpg", "1.jpg"]
    assert [row["iscrowd"] for row in single.annotations] == [0, 0]
    assert single.info["round"]["frames"] == {
        "labelled": 1,
        "partly": 1,
        "doubtful": 1,
        "empty": 3,
    }


def test_hard_labels_drop_unsure_keypoints_and_keep_hidden_ones(pool, proposals_of):
    proposals = proposals_of([[instance(0, (0.9, 0.9, 0.2, 0.9, 0.9), (1, 1, 1, 0.1, 1))]])
    row = build_round(pool, [0], proposals, [""], 0.5).annotations[0]
    assert row["keypoints"][2::3] == [2, 2, 0, 1, 2] and row["num_keypoints"] == 4
    assert "keypoint_weights" not in row


def test_soft_labels_keep_all_with_weights(pool, proposals_of):
    proposals = proposals_of([[instance(0, (0.9, 0.9, 0.2, 0.9, 0.9))]])
    row = build_round(pool, [0], proposals, [""], 0.5, labels="soft").annotations[0]
    assert row["num_keypoints"] == 5
    assert row["keypoint_weights"] == [0.9, 0.9, 0.2, 0.9, 0.9]


def test_weights_fall_with_the_spread_of_views(proposals_of):
    proposals = proposals_of([[instance()]])
    proposals.spread[0] = 0.02 * np.hypot(40, 80)  # one standard deviation: exp(-1/2)
    np.testing.assert_allclose(keypoint_weights(proposals, 0), 0.9 * np.exp(-0.5))


def test_keypoints_outside_are_unlabelled_and_boxes_are_clipped(pool, proposals_of):
    proposals = proposals_of([[instance(shift=15.0)]])
    row = build_round(pool, [0], proposals, [""], 0.5).annotations[0]
    assert row["bbox"] == [45, 25, 40, 74]
    assert row["keypoints"][2::3] == [2, 2, 2, 2, 2]
    far = build_round(pool, [0], proposals_of([[instance(shift=25.0)]]), [""], 0.5)
    assert far.annotations[0]["keypoints"][2::3] == [2, 0, 2, 0, 2]


def test_the_file_is_coco_and_lists_the_rejected(pool, tmp_path, proposals_of):
    proposals = proposals_of([[instance(), instance()]])
    reasons = ["", BAD]
    proposals.statistics["confidence"] = np.array([0.75, 0.1])
    builder = build_round(pool, [0], proposals, reasons, 0.5, mark_doubtful=False)
    write_round(builder, list_rejected(pool, proposals, reasons), tmp_path / "round.json")
    content = load_coco(tmp_path / "round.json")
    assert content["annotations"][0]["statistics"]["confidence"] == 0.75
    assert content["info"]["round"]["predicted_precision"] == 0.75
    assert content["info"]["round"]["rules"]["bbox_score"] == 1
    assert content["rejected"][0]["reason"] == BAD
    assert content["rejected"][0]["bbox"] == [30, 10, 40, 80]


def test_nothing_proposed_is_an_empty_dataset(pool, tmp_path, proposals_of):
    builder = build_round(pool, range(6), proposals_of([[]] * 6), [], 0.5)
    assert builder.images == [] and builder.info["round"]["predicted_precision"] is None
