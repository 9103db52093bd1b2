"""The networks answer what the hosts' own test pipelines answer on the same pictures."""

import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import MODELS, DefaultScope

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_weights
from surgtools.hosts.config_files import load_config
from surgtools.metainfo import from_union, union_flip_indices
from surgtools.prediction.backends.torch_backend import TorchNetwork
from surgtools.prediction.estimators import Boxes, Detector
from surgtools.prediction.network_modules import HeatmapNetwork, PoseNetwork
from surgtools.prediction.networks import load_detector, load_pose
from surgtools.prediction.pose_estimator import PoseEstimator
from surgtools.prediction.specs import HeatmapSpec


@pytest.fixture
def picture(tmp_path):
    noise = np.random.default_rng(3).integers(0, 255, (30, 36, 3), np.uint8)
    image = cv2.resize(noise, (432, 360), interpolation=cv2.INTER_CUBIC)
    cv2.imwrite(str(tmp_path / "a.png"), image)
    return tmp_path / "a.png", image


def host_model(config_path: str, weights: str, scope: str):
    config = load_config(config_path)
    with DefaultScope.overwrite_default_scope(scope):
        model = MODELS.build(config.model)
    load_weights(model, weights)
    return model.eval(), config


def host_sample(config, scope: str, **inputs):
    from mmcv.transforms import Compose

    with DefaultScope.overwrite_default_scope(scope):
        return Compose(config.test_dataloader.dataset.pipeline)(inputs)


def test_detections_are_the_hosts(random_models, picture):
    path, image = picture
    model, config = host_model(random_models["det_model"], random_models["det_weights"], "mmdet")
    sample = host_sample(config, "mmdet", img_path=str(path), img_id=0)
    with torch.no_grad():
        theirs = model.test_step(pseudo_collate([sample]))[0].pred_instances
    network = TorchNetwork(
        *load_detector(random_models["det_model"], random_models["det_weights"])
    )
    threshold = float(theirs.scores[8:10].mean())  # between two scores
    ours = Detector(network, threshold)([image])[0]
    kept = theirs[theirs.scores > threshold]
    assert len(ours) == len(kept) > 3
    limits = np.array([432, 360, 432, 360])
    expected = np.clip(kept.bboxes.numpy(), 0, limits)
    np.testing.assert_allclose(ours.xyxy, expected, atol=0.01)
    np.testing.assert_allclose(ours.scores, kept.scores.numpy(), atol=1e-4)
    assert (ours.category_ids - 1).tolist() == kept.labels.tolist()


@pytest.mark.parametrize("flip_test", [False, True])
@pytest.mark.parametrize("category_id", [1, 2])
@pytest.mark.parametrize("heatmaps", [False, True])
def test_keypoints_are_the_hosts(
    random_models, random_vitpose, picture, category_id, flip_test, heatmaps
):
    path, image = picture
    models = random_vitpose if heatmaps else random_models
    files = models["pose2d"], models["pose2d_weights"]
    model, config = host_model(*files, "mmpose")
    model.test_cfg["flip_test"] = flip_test
    box = np.array([[60.0, 50, 300, 250]], np.float32)
    sample = host_sample(
        config,
        "mmpose",
        img_path=str(path),
        img_id=0,
        id=0,
        bbox=box,
        bbox_score=np.ones(1, np.float32),
        category_id=category_id,
        flip_indices=union_flip_indices(),
    )
    with torch.no_grad():
        theirs = model.test_step(pseudo_collate([sample]))[0].pred_instances
    pose = PoseEstimator(TorchNetwork(*load_pose(*files)), flip_test)
    ours = pose([image], [Boxes(box, np.ones(1, np.float32), np.array([category_id]))])[0][0]
    np.testing.assert_allclose(
        ours.keypoints, from_union(theirs.keypoints, category_id)[0], atol=0.01
    )
    np.testing.assert_allclose(
        ours.keypoint_scores, from_union(theirs.keypoint_scores, category_id)[0], atol=1e-4
    )
    np.testing.assert_allclose(
        ours.keypoint_visible, from_union(theirs.keypoints_visible, category_id)[0], atol=1e-4
    )
    assert ours.bbox_score**2 == pytest.approx(theirs.presence[0], abs=1e-4)


def test_specs_say_what_the_configs_say(random_models):
    _, detector = load_detector(random_models["det_model"], None)
    assert (detector.input_size, detector.pad_value, detector.bgr_to_rgb) == (
        (320, 320),
        114,
        False,
    )
    network, pose = load_pose(random_models["pose2d"], None)
    assert isinstance(network, PoseNetwork) and not isinstance(network, HeatmapNetwork)
    assert (pose.input_size, pose.padding, pose.split_ratio) == ((256, 256), 1.25, 2.0)
    assert pose.bgr_to_rgb
    assert pose.has_visibility and pose.has_presence


def test_the_spec_of_a_vitpose_says_how_its_heatmaps_are_read(random_vitpose):
    network, spec = load_pose(random_vitpose["pose2d"], None)
    assert isinstance(network, HeatmapNetwork) and isinstance(spec, HeatmapSpec)
    assert (spec.input_size, spec.use_udp, spec.blur_kernel) == ((256, 256), True, 11)
    assert spec.outputs[:2] == ("heatmaps", "visibility")


def test_models_of_the_wrong_kind_are_refused(random_models, tmp_path):
    with pytest.raises(InputError, match="no RTMDet"):
        load_detector(random_models["pose2d"], None)
    with pytest.raises(InputError, match="neither a SimCC nor a heatmap head"):
        load_pose(random_models["det_model"], None)
    with pytest.raises(InputError, match="another model or config"):
        load_pose(random_models["pose2d"], random_models["det_weights"])
    (tmp_path / "empty.py").write_text("a = 1\n")
    with pytest.raises(InputError, match="has no `model`"):
        load_pose(tmp_path / "empty.py", None)
