"""The models in the package load, answer, and say what they were made from."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from mmengine.registry import MODELS, init_default_scope

from surgtools import samples, zoo
from surgtools.files import read_json
from surgtools.hosts.checkpoints import load_weights
from surgtools.hosts.config_files import load_config
from surgtools.images import read_image
from surgtools.prediction.backends.torch_backend import torch_detector, torch_pose
from surgtools.prediction.estimators import Boxes, Detector
from surgtools.prediction.models import Models
from surgtools.prediction.pose_estimator import PoseEstimator
from surgtools.prediction.predictor import Predictor
from surgtools.reports.provenance import describe_checkpoint

DETECTORS = [name for name in zoo.aliases() if name.startswith("rtmdet")]
POSES = [name for name in zoo.aliases() if name.startswith("rtmpose")]

PHOTOS = Path(__file__).resolve().parents[3] / "shared/real/tabletop/val"
PAINT = (30, 90, 60)


@pytest.fixture
def picture():
    """A bright bar on a dark table."""
    image = np.full((300, 400, 3), 40, np.uint8)
    cv2.line(image, (60, 240), (340, 60), (200, 200, 200), 9)
    return image


def test_all_pairs_are_there():
    assert {zoo.DETECTOR, zoo.FAST_DETECTOR, zoo.GENERAL_DETECTOR} == set(DETECTORS)
    assert {zoo.POSE, zoo.FAST_POSE, zoo.GENERAL_POSE} == set(POSES)


def test_the_one_stage_network_finds_the_samples_of_one_instrument():
    network = Predictor.open(Models.find("one-stage"), "cpu")
    for picture, category in zip(samples.pictures()[:2], (1, 2), strict=True):
        (found,) = network.find([read_image(picture)])
        best = max(found, key=lambda instance: instance.bbox_score)
        assert best.category_id == category


def test_the_fast_pair_is_small():
    files = [zoo.ZOO / f"{name}.pth" for name in (zoo.FAST_DETECTOR, zoo.FAST_POSE)]
    assert sum(file.stat().st_size for file in files) <= 30 * 2**20


@pytest.mark.parametrize("alias", DETECTORS)
def test_detectors_answer_with_boxes_in_the_picture(alias, picture):
    network = torch_detector(*zoo.resolve(alias, None, ""), "cpu", "fp32", False)
    (found,) = Detector(network, 0.01)([picture])
    assert len(found.xyxy) == len(found.scores) > 0
    assert (found.xyxy >= 0).all() and (found.xyxy <= (400, 300, 400, 300)).all()


@pytest.mark.parametrize("alias", POSES)
def test_pose_networks_answer_with_keypoints_of_the_category(alias, picture):
    network = torch_pose(*zoo.resolve(alias, None, ""), "cpu", "fp32", False)
    boxes = Boxes(np.array([[50.0, 50, 350, 250]]), np.array([0.9]), np.array([2]))
    ((instance,),) = PoseEstimator(network)([picture], [boxes])
    assert instance.keypoints.shape == (5, 2)
    assert (np.abs(instance.keypoints - (200, 150)) < 300).all()


@pytest.mark.parametrize("alias", POSES)
def test_a_covered_keypoint_is_less_visible(alias):
    if not PHOTOS.is_dir():
        pytest.skip(f"{PHOTOS} is not there")
    content = read_json(PHOTOS / "coco_keypoints.json")
    files = {image["id"]: image["file_name"] for image in content["images"]}
    estimator = PoseEstimator(torch_pose(*zoo.resolve(alias, None, ""), "cpu", "fp32", False))
    covered, others = [], []
    for row in content["annotations"][:8]:
        image = cv2.imread(str(PHOTOS / "images" / files[row["image_id"]]))
        x, y, width, height = row["bbox"]
        box = np.array([[x, y, x + width, y + height]], dtype=float)
        boxes = Boxes(box, np.array([0.9]), np.array([row["category_id"]]))
        place = tuple(int(value) for value in row["keypoints"][3:5])
        patch = cv2.circle(image.copy(), place, int(0.12 * np.hypot(width, height)), PAINT, -1)
        ((bare,),), ((hidden,),) = (estimator([each], [boxes]) for each in (image, patch))
        fall = bare.keypoint_visible - hidden.keypoint_visible
        covered.append(fall[1])
        others.extend(np.delete(fall, 1))
    assert np.mean(covered) > 0.15
    assert np.mean(covered) > 3 * np.mean(np.abs(others))


@pytest.mark.parametrize("alias", [*DETECTORS, *POSES, zoo.ONE_STAGE])
def test_the_record_holds_data_and_scores(alias):
    content = read_json(zoo.ZOO / f"{alias}.json")
    held = alias in (zoo.GENERAL_DETECTOR, zoo.GENERAL_POSE)
    assert content["made_from"]["data"][0]["samples"] > (500 if held else 2000)
    expected = "real_theatre_val" if held else "real_tabletop_val"
    assert expected in content["scores"]


@pytest.mark.parametrize("alias", [*DETECTORS, *POSES, zoo.ONE_STAGE])
def test_info_counts_the_parameters_of_the_model(alias):
    config, weights = zoo.resolve(alias, None, "")
    config = load_config(config)
    init_default_scope(config.default_scope)
    model = MODELS.build(config.model)
    content = load_weights(model, weights)
    own = sum(value.numel() for value in model.parameters())
    assert describe_checkpoint(content)["training"]["parameters"] == f"{own:,}"
