"""One network proposes as a pair does, in as many views."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

import surgtools.register  # noqa: F401
from surgtools import samples, zoo
from surgtools.adaptation.labels.one_stage_proposer import OneStageProposer
from surgtools.adaptation.labels.proposals import propose
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.config_files import load_config
from surgtools.images import read_image
from surgtools.models.one_stage_start import start_from_detector
from surgtools.prediction.models import Models

CONFIGS = Path(__file__).resolve().parents[3] / "configs"
ONE_STAGE = CONFIGS / "one_stage/rtmo-tiny_60e_instruments-416x416.py"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Boxes as of a trained detector, keypoints at random."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        model = MODELS.build(load_config(ONE_STAGE).model)
    detector = load_checkpoint(zoo.resolve(zoo.DETECTOR, None)[1])["state_dict"]
    state = start_from_detector(detector, model.state_dict(), (1, 2))
    weights = tmp_path_factory.mktemp("one_stage") / "weights.pth"
    torch.save({"state_dict": state}, weights)
    return Models(ONE_STAGE, weights)


def test_the_surest_instances_above_the_floor_in_all_views(models):
    picture = read_image(samples.pictures()[0])
    found = propose(lambda i: picture, [0], OneStageProposer(models, 0.1, "cpu"))
    assert 0 < len(found) <= 8
    assert (found.scores > 0.1).all() and (np.diff(found.scores) <= 0).all()
    assert np.isfinite(found.statistics["view_disagreement"]).all()
    few = OneStageProposer(models, 0.0, "cpu", max_boxes=3)
    assert 0 < len(few.predict_view([picture])[0]) <= 3


def test_nothing_in_nothing_out(models):
    assert OneStageProposer(models, 0.1, "cpu").find([]) == []
