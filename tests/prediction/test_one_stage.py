"""A one-stage network in the inferencer answers as the network itself does."""

from pathlib import Path

import numpy as np
import pytest
import torch

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.evaluation.metrics.instrument_metric import to_results
from surgtools.hosts.config_files import load_config
from surgtools.prediction import Inferencer
from surgtools.prediction.one_stage import CarriedKeypoints, HostOneStageDetector

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
ONE_STAGE = next((CONFIGS / "one_stage").glob("keypoint-rcnn*instruments*.py"))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A config that detects little, hence quickly, and random weights for it."""
    from mmengine.registry import MODELS, DefaultScope

    folder = tmp_path_factory.mktemp("one_stage")
    config = load_config(ONE_STAGE, ["model.box_detections_per_img=3"])
    config.dump(folder / "config.py")
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        model = MODELS.build(config.model)
    torch.save({"state_dict": model.state_dict()}, folder / "weights.pth")
    return folder / "config.py", folder / "weights.pth"


@pytest.fixture(scope="module")
def detector(files):
    return HostOneStageDetector(load_config(files[0]), files[1], "cpu", score_thr=0.0)


def picture(width=200, height=120):
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)


def test_boxes_carry_the_networks_own_answers(detector):
    image = picture()
    (boxes,) = detector([image])
    assert 0 < len(boxes) <= 3
    with torch.no_grad():
        prepared = detector._prepare(image)
        prepared = {key: [value] for key, value in prepared.items()}
        (sample,) = detector.model.test_step(prepared)
    rows = to_results(sample.to_dict() | {"img_id": 1})[: len(boxes)]
    for row, instance in zip(rows, boxes.instances, strict=True):
        assert instance.category_id == row["category_id"]
        assert instance.bbox_score == pytest.approx(row["bbox_score"])
        expected = np.reshape(row["keypoints"], (-1, 3))
        np.testing.assert_allclose(instance.keypoints, expected[:, :2], atol=1e-3)
        np.testing.assert_allclose(instance.keypoint_scores, expected[:, 2], atol=1e-6)


def test_nothing_in_nothing_out(detector):
    assert detector([]) == []
    assert CarriedKeypoints()([], []) == []


def test_pictures_without_detections_have_no_instances(files):
    strict = HostOneStageDetector(load_config(files[0]), files[1], "cpu", score_thr=1.0)
    (boxes,) = strict([picture()])
    assert len(boxes) == 0
    assert CarriedKeypoints()([picture()], [boxes]) == [[]]


def test_the_inferencer_needs_no_pose_model(files):
    config, weights = files
    inferencer = Inferencer(det_model=config, det_weights=weights, device="cpu", bbox_thr=0.0)
    assert list(inferencer.models) == ["det_model"]
    (result,) = inferencer(picture())
    assert result.instances
    for instance in result.instances:
        assert instance.keypoints.shape == (5, 2)
        assert (instance.bbox[2:] <= (200, 120)).all()


@pytest.mark.parametrize("settings", [{"flip_test": True}, {"precision": "bf16"}])
def test_what_it_cannot_do_is_refused(files, settings):
    with pytest.raises(InputError, match="runs in fp32|sees no crops"):
        Inferencer(det_model=files[0], det_weights=files[1], device="cpu", **settings)
