"""A spatial one-stage network: the same places on torch, on ONNX, in files and in all views."""

from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

import surgtools.register  # noqa: F401
from surgtools import samples, zoo
from surgtools.export import export_models
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.hosts.config_files import load_config
from surgtools.images import read_image
from surgtools.models.one_stage_start import start_from_detector
from surgtools.prediction.augmentation import fuse_group, to_picture
from surgtools.prediction.models import Models
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.thresholds import Thresholds
from surgtools.prediction.tracking import interpolate
from surgtools.prediction.views import View
from surgtools.schemas import load_schema

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
SPATIAL = CONFIGS / "one_stage/rtmo-tiny-3d_60e_instruments-416x416.py"
PLACES = np.array(
    [(0, 0, 0), (-0.02, 0.08, 0.01), (-0.01, -0.05, 0), (0.02, 0.08, 0), (0, 0, 0.1)]
)


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Boxes as of a trained detector, the rest at random."""
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):
        model = MODELS.build(load_config(SPATIAL).model)
    detector = load_checkpoint(zoo.resolve(zoo.DETECTOR, None)[1])["state_dict"]
    state = start_from_detector(detector, model.state_dict(), (1, 2))
    weights = tmp_path_factory.mktemp("spatial") / "weights.pth"
    torch.save({"state_dict": state}, weights)
    return Models(SPATIAL, weights)


def test_exported_answers_in_space_as_torch_does(models, tmp_path):
    exported = Models(exported=export_models(models, tmp_path))
    picture = read_image(samples.pictures()[0])
    ours, theirs = (
        Predictor.open(each, "cpu", Thresholds(0.2)).find([picture])[0]
        for each in (models, exported)
    )
    assert len(ours) == len(theirs) > 0
    for a, b in zip(ours, theirs, strict=True):
        assert a.keypoints_3d.shape == (5, 3) and (a.keypoints_3d[0] == 0).all()
        assert np.abs(a.keypoints_3d).max() > 1e-3
        np.testing.assert_allclose(a.keypoints_3d, b.keypoints_3d, atol=1e-5)
        entry = a.to_json()
        schema = load_schema("predictions")
        instance = {"$ref": "#/$defs/instance", "$defs": schema["$defs"]}
        jsonschema.validate(entry, instance)
        np.testing.assert_allclose(
            Instance.from_json(entry).keypoints_3d, a.keypoints_3d, atol=1e-5
        )


def instance(places=PLACES):
    points = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])
    ones = np.ones(5)
    return Instance(1, np.array([38.0, 18, 62, 82]), 0.9, points, ones, ones, keypoints_3d=places)


def test_a_mirrored_view_mirrors_x_and_sides():
    (back,) = to_picture([instance()], View(flip=True), 100, 100)
    flipped = (PLACES * (-1, 1, 1))[[0, 3, 4, 1, 2]]
    np.testing.assert_allclose(back.keypoints_3d, flipped, atol=1e-9)
    (again,) = to_picture([back], View(flip=True), 100, 100)
    np.testing.assert_allclose(again.keypoints_3d, PLACES, atol=1e-9)


@pytest.mark.parametrize("view", [View(degrees=90), View(degrees=30, scale=2.0)])
def test_a_turned_view_turns_back_as_its_pixels_do(view):
    """Keypoints at one depth lie in space as they lie in the picture, but for the unit."""
    flat = np.column_stack([instance().keypoints, np.zeros(5)])
    shown = flat[:, :2] @ view.matrix(100, 100)[:, :2].T / view.scale
    seen = instance(np.column_stack([shown, np.zeros(5)]))
    (back,) = to_picture([seen], view, 100, 100)
    np.testing.assert_allclose(back.keypoints_3d, flat - flat[0], atol=1e-9)


def test_views_are_fused_and_gaps_hold_nothing():
    fused = fuse_group([instance(PLACES + shift) for shift in (0, 0.01, 0.03)], 3)
    np.testing.assert_allclose(fused.keypoints_3d, PLACES + 0.01)
    assert interpolate(instance(), instance(), 0.5).keypoints_3d is None
    assert fuse_group([instance(None)], 1).keypoints_3d is None
    assert not instance(PLACES * np.nan).is_finite
    assert "keypoints_3d" not in instance(None).to_json()
