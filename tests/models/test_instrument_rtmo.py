"""RTMO answers in the slots of what it detected, in pixels of the picture."""

from pathlib import Path

import pytest
import torch
from mmdet.structures import DetDataSample
from mmengine.registry import MODELS, DefaultScope
from mmengine.structures import InstanceData

from surgtools.hosts.config_files import load_config
from surgtools.metainfo import NUM_SLOTS, slots_of
from surgtools.models.instrument_rtmo_head import Candidates

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
ONE_STAGE = CONFIGS / "one_stage/rtmo-tiny_60e_instruments-416x416.py"
FACTS = {"ori_shape": (100, 200)}


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        return MODELS.build(load_config(ONE_STAGE).model).eval()


def candidates(scores):
    count = len(scores)
    return Candidates(
        boxes=torch.tensor([[10.0, 20, 30, 40]] * count),
        scores=torch.tensor(scores),
        keypoints=torch.full((count, NUM_SLOTS, 2), 20.0),
        keypoint_scores=torch.full((count, NUM_SLOTS), 0.25),
        visibility=torch.full((count, NUM_SLOTS), 0.75),
    )


def sample(ignored=0):
    made = DetDataSample(metainfo={**FACTS, "img_shape": (64, 64)})
    made.gt_instances = InstanceData(
        bboxes=torch.zeros(0, 4),
        labels=torch.zeros(0, dtype=torch.long),
        keypoints=torch.zeros(0, NUM_SLOTS, 3),
    )
    made.ignored_instances = InstanceData(bboxes=torch.tensor([[0.0, 0, 64, 64]] * ignored))
    return made


@pytest.mark.parametrize("label", [0, 1])
def test_answers_in_the_slots_of_the_detected_category(model, label):
    scores = [0.0, 0.0]
    scores[label] = 0.5
    found = model._to_instances(candidates([scores]), FACTS)
    own = slots_of(label + 1)
    assert found.labels.tolist() == [label]
    assert found.keypoint_scores[0, own].tolist() == [0.25] * 5
    assert found.keypoint_scores.sum() == 5 * 0.25
    assert found.keypoints_visible.sum() == 5 * 0.75
    assert found.keypoints[0, own].tolist() == [[20, 20]] * 5
    assert found.keypoints.sum() == 5 * 40


def test_one_of_several_answers_at_a_place_is_left(model):
    """Of one category; two categories are not held against each other here."""
    found = model._to_instances(candidates([[0.4, 0.0], [0.6, 0.1], [0.5, 0.0]]), FACTS)
    assert found.scores.tolist() == pytest.approx([0.6, 0.1])
    assert found.labels.tolist() == [0, 1]


def test_answers_in_pixels_of_the_picture(model):
    """Scaled to a half: pixel 20 reaches from 39 to 41 of the edges, its center is pixel 40.5."""
    found = model._to_instances(candidates([[0.5, 0.0]]), FACTS | {"scale_factor": (0.5, 0.25)})
    assert found.keypoints[0, 0].tolist() == [40.5, 81.5]
    assert found.bboxes[0].tolist() == [20.5, 81.5, 60.5, 100]


def test_nothing_found_is_a_result(model):
    found = model._to_instances(candidates([[0.0, 0.0]]), FACTS)
    assert found.keypoints.shape == (0, NUM_SLOTS, 2)
    assert found.keypoint_scores.shape == (0, NUM_SLOTS)


def test_learns_nothing_where_all_is_ignored(model):
    model.train()
    losses = model(torch.rand(2, 3, 64, 64), [sample(ignored=1), sample()], mode="loss")
    only = model(torch.rand(2, 3, 64, 64), [sample(ignored=1)] * 2, mode="loss")
    model.eval()
    assert losses["loss_cls"] > 0
    assert only["loss_cls"] == 0
