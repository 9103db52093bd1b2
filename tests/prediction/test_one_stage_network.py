"""A one-stage network says how it wants to be fed."""

from pathlib import Path

import pytest
import torch

from surgtools.errors import InputError
from surgtools.prediction.one_stage_network import load_one_stage

FOLDER = Path(__file__).resolve().parents[2] / "configs" / "one_stage"


def test_what_the_config_says():
    network, spec = load_one_stage(FOLDER / "rtmo-tiny_60e_instruments-416x416.py", None)
    assert spec.input_size == (416, 416) and spec.pad_value == 114
    assert spec.nms_thr == 0.65 and not spec.several_views
    with torch.inference_mode():
        found = network(torch.zeros(1, 3, 64, 64))
    assert len(found) == len(spec.outputs)
    assert [values.shape[1] for values in found] == [4 * 4 + 2 * 2] * 5


def test_another_network_is_refused():
    config = next(FOLDER.glob("keypoint-rcnn*instruments*"))
    with pytest.raises(InputError, match="InstrumentKeypointRCNN is no RTMO"):
        load_one_stage(config, None)
