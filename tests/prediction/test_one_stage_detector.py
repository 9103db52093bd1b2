"""A one-stage network of arrays: the same answers on torch, on ONNX and in the host's way."""

from pathlib import Path

import numpy as np
import pytest
import torch

import surgtools.register  # noqa: F401
from surgtools import samples, zoo
from surgtools.errors import InputError
from surgtools.evaluation.metrics.instrument_metric import to_results
from surgtools.export import export_models, measure_parity
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.config_files import load_config
from surgtools.images import read_image
from surgtools.models.one_stage_start import start_from_detector
from surgtools.prediction import Inferencer
from surgtools.prediction.backends.torch_backend import torch_one_stage
from surgtools.prediction.models import Models
from surgtools.prediction.one_stage import HostOneStageDetector
from surgtools.prediction.one_stage_detector import OneStageDetector
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.thresholds import Thresholds

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
ONE_STAGE = CONFIGS / "one_stage/rtmo-tiny_60e_instruments-416x416.py"
THR = 0.2


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A network that scores boxes as a trained detector, and places keypoints at random."""
    from mmengine.registry import MODELS, DefaultScope

    folder = tmp_path_factory.mktemp("one_stage")
    config = load_config(ONE_STAGE)
    config.dump(folder / "config.py")
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        model = MODELS.build(config.model)
    detector = load_checkpoint(zoo.resolve(zoo.DETECTOR, None)[1])["state_dict"]
    state = start_from_detector(detector, model.state_dict(), (1, 2))
    torch.save({"state_dict": state}, folder / "weights.pth")
    return Models(folder / "config.py", folder / "weights.pth")


@pytest.fixture(scope="module")
def exported(models, tmp_path_factory):
    return export_models(models, tmp_path_factory.mktemp("exported"))


@pytest.fixture(scope="module")
def picture():
    return read_image(samples.pictures()[0])


def predictor_of(models):
    return Predictor.open(models, "cpu", Thresholds(THR))


def test_answers_as_the_network_does_in_the_hosts_way(models, picture):
    """The rows that ``surgtools train`` scores: pipeline, choice and pixels are the same."""
    files = models.det_model, models.det_weights
    (ours,) = OneStageDetector(torch_one_stage(*files), THR)([picture])
    host = HostOneStageDetector(load_config(files[0]), files[1], "cpu")
    with torch.no_grad():
        prepared = {key: [value] for key, value in host._prepare(picture).items()}
        (sample,) = host.model.test_step(prepared)
    theirs = to_results(sample.to_dict() | {"img_id": 1})
    assert len(ours) > 2
    for instance, row in zip(ours.instances[:3], theirs[:3], strict=True):
        assert instance.category_id == row["category_id"]
        assert instance.bbox_score == pytest.approx(row["bbox_score"], abs=1e-3)
        expected = np.reshape(row["keypoints"], (-1, 3))
        np.testing.assert_allclose(instance.keypoints, expected[:, :2], atol=0.1)
        np.testing.assert_allclose(instance.keypoint_scores, expected[:, 2], atol=1e-3)
        np.testing.assert_allclose(instance.keypoint_visible, row["keypoint_visible"], atol=1e-3)


def test_exported_answers_as_torch_does(models, exported, picture):
    parity = measure_parity(exported, [picture, picture[::-1].copy()], models)
    assert parity.instances > 0 and parity.same_instances
    assert parity.max_keypoint_px <= 0.1 and parity.max_box_px <= 0.1
    assert parity.max_score < 1e-3


def test_the_inferencer_takes_the_exported_folder(exported, picture):
    inferencer = Inferencer(models=exported, bbox_thr=THR)
    (result,) = inferencer(picture)
    assert inferencer.models == {"exported": str(exported)}
    assert result.instances
    assert all(instance.keypoints.shape == (5, 2) for instance in result.instances)


def test_nothing_in_nothing_out(models):
    predictor = predictor_of(models)
    assert predictor.find([]) == []
    assert predictor.find([np.full((60, 80, 3), 114, np.uint8)]) == [[]]


def test_what_it_cannot_do_is_refused(models, exported, tmp_path):
    with pytest.raises(InputError, match="sees no crops"):
        Inferencer(models=exported, flip_test=True)
    with pytest.raises(InputError, match="sees whole pictures"):
        Inferencer(models=exported, zoom=2)
    with pytest.raises(InputError, match="omit --rtmlib"):
        export_models(models, tmp_path, for_rtmlib=True)
