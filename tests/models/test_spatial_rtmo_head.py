"""RTMO's head learns where keypoints lie in space, from the first of their category."""

import copy
from pathlib import Path

import pytest
import torch
from mmpose.structures import PoseDataSample

from surgtools.hosts.config_files import load_config
from surgtools.metainfo import NUM_SLOTS, slots_of
from surgtools.models.rtmo_labels import to_labels
from surgtools.models.spatial_rtmo_head import UNIT, SpatialRTMOHead

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
CONFIG = CONFIGS / "one_stage/rtmo-tiny-3d_60e_instruments-416x416.py"
SIZE, CHANNELS = 64, 16
PLACES = torch.tensor(
    [
        [0.0, 0, 0.4],
        [-0.02, 0.08, 0.41],
        [-0.01, -0.05, 0.4],
        [0.02, 0.08, 0.43],
        [0.01, -0.05, 0.4],
    ]
)
"""Of one instrument; meters from the camera."""


@pytest.fixture
def head():
    settings = copy.deepcopy(dict(load_config(CONFIG).model.head))
    assert settings.pop("type") == "SpatialRTMOHead"
    settings["head_module_cfg"] |= dict(
        in_channels=CHANNELS, cls_feat_channels=CHANNELS, channels_per_group=CHANNELS
    )
    torch.manual_seed(0)
    made = SpatialRTMOHead(**settings)
    made.init_weights()
    return made


def features(seed=0):
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(1, 2 * CHANNELS, SIZE // stride, SIZE // stride, generator=generator)
        for stride in (16, 32)
    )


def sample(label=0, places=PLACES, known=1.0):
    own = slots_of(label + 1)
    keypoints, space = torch.zeros(1, NUM_SLOTS, 4), torch.zeros(1, NUM_SLOTS, 4)
    keypoints[0, own] = torch.tensor(
        [[20.0, 20, 2, 1], [44, 24, 2, 1], [30, 30, 1, 1], [24, 44, 2, 1], [40, 40, 2, 1]]
    )
    space[0, own, :3], space[0, own, 3] = places, known
    made = PoseDataSample()
    made.gt_instance_labels = to_labels(
        torch.tensor([[16.0, 16, 48, 48]]), torch.tensor([label]), keypoints, 2, space.flatten(1)
    )
    return made


def space_loss(head, truth):
    return head.loss(features(), [truth])["loss_space"]


@pytest.mark.parametrize("label", [0, 1])
def test_only_what_lies_beside_the_root_is_learned(head, label):
    near, far = (space_loss(head, sample(label, PLACES + shift)) for shift in (0.0, 1.0))
    assert near.item() == pytest.approx(far.item(), rel=1e-4)
    moved = space_loss(head, sample(label, PLACES * torch.tensor([2.0, 1, 1])))
    assert moved.item() != pytest.approx(near.item(), rel=1e-3)
    near.backward()
    grown = sum(
        layer.bias.grad.abs().reshape(-1, 3).sum(1) for layer in head.head_module.out_space
    )
    own = torch.zeros(NUM_SLOTS, dtype=torch.bool)
    own[slots_of(label + 1)] = True
    assert (grown[own] > 0).all() and (grown[~own] == 0).all()


def test_an_answer_beside_the_truth_costs_its_distance(head):
    """All answers at one place, as far as the root: the truth alone is left, per axis."""
    for layer in head.head_module.out_space:
        layer.weight.data.zero_()
        layer.bias.data.zero_()
    beside = (PLACES - PLACES[0]).abs().mean() / UNIT
    assert space_loss(head, sample()).item() == pytest.approx(beside.item(), rel=1e-4)


def test_instances_without_places_teach_nothing_of_space(head):
    assert space_loss(head, sample(known=0.0)) == 0
    plain = sample()
    labels = plain.gt_instance_labels
    labels.keypoints_visible_weights = labels.keypoints_visible_weights[:, : NUM_SLOTS + 2]
    losses = head.loss(features(), [plain])
    assert losses["loss_space"] == 0 and losses["loss_mle"] != 0


def test_learns_two_instruments_by_heart(head):
    """Two pictures of random features; the second holds tweezers, mirrored."""
    pictures = [torch.cat(level) for level in zip(features(1), features(2), strict=True)]
    samples = [sample(0), sample(1, PLACES * torch.tensor([-1.0, 1, 1]))]
    optimizer = torch.optim.AdamW(head.parameters(), lr=3e-3)
    for step in range(150):
        optimizer.param_groups[0]["lr"] = 3e-3 * (1 - step / 150)
        losses = head.loss(pictures, samples)
        optimizer.zero_grad()
        sum(loss.mean() for loss in losses.values()).backward()
        optimizer.step()
    with torch.no_grad():
        found = head.eval().answer(pictures, max_candidates=1)
    for row, (label, mirror) in enumerate(((0, 1.0), (1, -1.0))):
        assert found.scores[row, 0].argmax() == label
        own = found.keypoints_3d[row, 0, slots_of(label + 1)]
        wanted = (PLACES - PLACES[0]) * torch.tensor([mirror, 1, 1])
        # batch norms see other statistics than in training; the instrument is 0.13 m long
        torch.testing.assert_close(own - own[0], wanted, atol=0.015, rtol=0)
