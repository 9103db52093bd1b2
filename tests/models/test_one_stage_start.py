"""A one-stage network that starts from a detector answers as the detector does."""

from pathlib import Path

import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

from surgtools import zoo
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.config_files import load_config
from surgtools.models.one_stage_start import start_from_detector
from surgtools.prediction.networks import load_detector

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
ONE_STAGE = CONFIGS / "one_stage/rtmo-tiny_60e_instruments-416x416.py"


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        return MODELS.build(load_config(ONE_STAGE).model).eval()


def test_scores_and_boxes_are_those_of_the_detector(model):
    files = zoo.resolve(zoo.DETECTOR, None)
    detector, _ = load_detector(*files, fused=False)
    state = load_checkpoint(files[1])["state_dict"]
    model.load_state_dict(start_from_detector(state, model.state_dict(), (1, 2)))
    pictures = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        scores, boxes = model.head(model.extract_feat(pictures))[:2]
        wanted = detector.head(detector.neck(detector.backbone(pictures)))
    for ours, theirs in zip(scores, wanted[0][1:], strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)
    for ours, theirs, stride in zip(boxes, wanted[1][1:], (16, 32), strict=True):
        torch.testing.assert_close(ours * stride, theirs, atol=1e-3, rtol=1e-4)


def test_another_layout_is_refused(model):
    own = model.state_dict()
    with pytest.raises(InputError, match="is missing"):
        start_from_detector({}, own, (1, 2))
    wide = {name: value.new_zeros(2 * len(value)) for name, value in own.items() if value.ndim}
    with pytest.raises(InputError, match="has shape"):
        start_from_detector(wide, own, (1, 2))
