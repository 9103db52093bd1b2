"""Keypoint R-CNN answers in the slots of what it detected, in pixels of the picture."""

import numpy as np
import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.structures import InstanceData

from surgtools.metainfo import NUM_SLOTS, slots_of
from surgtools.models.instrument_keypoint_rcnn import InstrumentKeypointRCNN, _to_target
from surgtools.taxonomy import SURGICAL


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return InstrumentKeypointRCNN(box_detections_per_img=4, rpn_post_nms_top_n_test=20).eval()


def sample(**metainfo):
    made = DetDataSample(metainfo={"ori_shape": (100, 200), "img_shape": (64, 64)} | metainfo)
    made.gt_instances = InstanceData(
        bboxes=torch.zeros(0, 4),
        labels=torch.zeros(0, dtype=torch.long),
        keypoints=torch.zeros(0, NUM_SLOTS, 3),
    )
    return made


def detections(labels):
    """Two keypoints' worth of detections as torchvision returns them, in network pixels."""
    count = len(labels)
    return {
        "boxes": torch.tensor([[10.0, 20, 30, 40]] * count),
        "labels": torch.tensor(labels),
        "scores": torch.full((count,), 0.5),
        "keypoints": torch.full((count, NUM_SLOTS, 3), 20.5),
        "keypoints_scores": torch.full((count, NUM_SLOTS), float(np.log(0.25))),
    }


def test_answers_in_the_slots_of_the_detected_category(model):
    found = model._to_instances(detections([2, 1]), sample())
    assert found.labels.tolist() == [1, 0]
    for row, label in enumerate(found.labels.tolist()):
        own = slots_of(SURGICAL.category_of(label))
        scores = found.keypoint_scores[row]
        assert scores[own].tolist() == pytest.approx([0.25] * 5)
        assert scores.sum().item() == pytest.approx(5 * 0.25)
        assert found.keypoints[row, own].tolist() == [[20, 20]] * 5
        assert found.keypoints[row].sum() == 5 * 40


def test_answers_in_pixels_of_the_picture(model):
    """Scaled to a third: the center 20.5 is 61.5 from the edge, pixel 61."""
    found = model._to_instances(detections([1]), sample(scale_factor=(1 / 3, 0.5)))
    assert found.bboxes[0].tolist() == pytest.approx([31, 40.5, 91, 80.5])
    assert found.keypoints[0, 0].tolist() == pytest.approx([61, 40.5])


def test_nothing_found_is_a_result(model):
    found = model._to_instances(
        detections([1]) | {k: v[:0] for k, v in detections([1]).items()}, sample()
    )
    assert found.keypoints.shape == (0, NUM_SLOTS, 2)
    assert found.keypoint_scores.shape == (0, NUM_SLOTS)


def test_target_counts_labels_from_one_and_centers_on_halves():
    truth = sample()
    truth.gt_instances = InstanceData(
        bboxes=torch.tensor([[1.0, 2, 3, 4]]),
        labels=torch.tensor([1]),
        keypoints=torch.tensor([[[5.0, 6, 2]] * NUM_SLOTS]),
    )
    target = _to_target(truth)
    assert target["labels"].tolist() == [2]
    assert target["keypoints"][0, 0].tolist() == [5.5, 6.5, 2]


def test_predicts_and_its_scores_are_probabilities(model):
    with torch.no_grad():
        (made,) = model(torch.rand(1, 3, 64, 64), [sample()], mode="predict")
    found = made.pred_instances
    assert len(found) == 4
    assert ((found.keypoint_scores >= 0) & (found.keypoint_scores <= 1)).all()
    assert (found.keypoint_scores > 0).sum() == 4 * 5


def test_learns_from_empty_pictures(model):
    losses = model.train()(torch.rand(1, 3, 64, 64), [sample()], mode="loss")
    model.eval()
    total = sum(losses.values())
    assert torch.isfinite(total)
    assert losses["loss_keypoint"] == 0


def test_learns_a_keypoint():
    """A few steps on one picture lower the keypoint loss: slots, boxes and centers agree."""
    torch.manual_seed(0)
    model = InstrumentKeypointRCNN(box_batch_size_per_image=8, rpn_post_nms_top_n_train=8)
    truth = sample()
    keypoints = torch.zeros(1, NUM_SLOTS, 3)
    keypoints[0, :5] = torch.tensor(
        [[20.0, 20, 2], [30, 40, 2], [40, 30, 1], [25, 45, 2], [45, 45, 2]]
    )
    truth.gt_instances = InstanceData(
        bboxes=torch.tensor([[16.0, 16, 48, 48]]), labels=torch.tensor([0]), keypoints=keypoints
    )
    picture = torch.rand(1, 3, 64, 64)
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-4)
    history = []
    for _ in range(5):
        losses = model(picture, [truth], mode="loss")
        optimizer.zero_grad()
        sum(losses.values()).backward()
        optimizer.step()
        history.append(losses["loss_keypoint"].item())
    assert history[0] == pytest.approx(np.log(56 * 56), rel=0.2)
    assert history[-1] < history[0] - 0.2
