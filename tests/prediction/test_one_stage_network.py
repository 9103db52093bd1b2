"""A one-stage network says how it wants to be fed."""

from pathlib import Path

import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

from surgtools import samples, zoo
from surgtools.errors import InputError
from surgtools.export import export_models, measure_parity
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.config_files import load_config
from surgtools.images import read_image
from surgtools.models.one_stage_start import start_from_detector
from surgtools.prediction.models import Models
from surgtools.prediction.one_stage_network import load_one_stage
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.thresholds import Thresholds

FOLDER = Path(__file__).resolve().parents[2] / "configs" / "one_stage"


def test_what_the_config_says():
    network, spec = load_one_stage(FOLDER / "rtmo-tiny_60e_instruments-416x416.py", None)
    assert spec.input_size == (416, 416) and spec.pad_value == 114
    assert spec.nms_thr == 0.65 and not spec.several_views
    with torch.inference_mode():
        found = network(torch.zeros(1, 3, 64, 64))
    assert len(found) == len(spec.outputs)
    assert [values.shape[1] for values in found] == [4 * 4 + 2 * 2] * 5


@pytest.mark.parametrize("config", sorted(FOLDER.glob("*pinpoint*.py")), ids=lambda c: c.stem)
def test_corrected_keypoints_are_looked_for_in_four_views_of_a_picture(config):
    assert load_one_stage(config, None)[1].several_views


def test_another_network_is_refused():
    config = next(FOLDER.glob("keypoint-rcnn*instruments*"))
    with pytest.raises(InputError, match="InstrumentKeypointRCNN is no RTMO"):
        load_one_stage(config, None)


def test_corrected_keypoints_are_the_same_once_exported(tmp_path):
    """Boxes as of a trained detector; the cells tell any places, and all are sure of them."""
    config = FOLDER / "rtmo-tiny-pinpoint_60e_instruments-416x416.py"
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        model = MODELS.build(load_config(config).model)
    model.head.fine[-1].bias.data[: model.head.num_keypoints] = 0
    detector = load_checkpoint(zoo.resolve(zoo.DETECTOR, None)[1])["state_dict"]
    state = start_from_detector(detector, model.state_dict(), (1, 2))
    torch.save({"state_dict": state}, tmp_path / "weights.pth")
    models = Models(config, tmp_path / "weights.pth")
    folder = export_models(models, tmp_path / "exported")
    assert Predictor.open(Models.find(str(folder)), "cpu", Thresholds()).several_views, (
        "as of the config"
    )
    parity = measure_parity(folder, [read_image(samples.pictures()[0])], models)
    assert parity.same_instances and parity.instances > 0
    assert parity.max_keypoint_px <= 0.1 and parity.max_box_px <= 0.1
