"""The pair in memory answers as the pair on disk, and a network in memory can take a part."""

from pathlib import Path

import numpy as np
import pytest
import torch

import surgtools.register  # noqa: F401
from surgtools.engine.pair_proposer import PairProposer
from surgtools.errors import InputError

CONFIGS = Path(__file__).parents[2] / "configs"
DETECTOR = str(CONFIGS / "detection/rtmdet-tiny_60e_instruments-320x320.py")
POSE = str(CONFIGS / "pose/rtmpose-t_60e_instruments-256x256.py")


@pytest.fixture(scope="module")
def pair():
    torch.manual_seed(0)
    return PairProposer(DETECTOR, None, POSE, None, device="cpu", score_floor=0.0)


def test_empty_in_empty_out(pair):
    assert pair([]) == []


def test_instances_carry_category_and_own_keypoints(pair):
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    pair.detector.score_thr = 0.0
    for instance in pair([image])[0][:5]:
        assert instance.category_id in (1, 2) and instance.keypoints.shape == (5, 2)


def test_an_adopted_network_answers_buffers_included_and_is_a_copy(pair):
    from mmengine.registry import MODELS, DefaultScope

    from surgtools.config_files import load_config

    with DefaultScope.overwrite_default_scope("mmpose"):
        model = MODELS.build(load_config(POSE).model)
    for buffer in model.buffers():
        if buffer.is_floating_point():
            buffer.fill_(0.5)
    pair.adopt("pose", model)
    network = pair.pose.backend.network
    mean = next(b for n, b in network.named_buffers() if n.endswith("running_mean"))
    assert (mean == 0.5).all() and not network.training
    next(model.parameters()).data.fill_(9.0)
    assert not (next(network.parameters()) == 9.0).all()


def test_unknown_role(pair):
    with pytest.raises(InputError, match="role 'judge' given"):
        pair.adopt("judge", torch.nn.Identity())
