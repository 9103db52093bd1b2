"""The pair in memory answers as the pair on disk, and a network in memory can take a part."""

from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

import surgtools.register  # noqa: F401
from surgtools.adaptation.labels.pair_proposer import PairProposer, digest
from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.network_modules import PoseNetwork
from surgtools.prediction.networks import load_pose

CONFIGS = Path(__file__).parents[3] / "configs"
DETECTOR = str(CONFIGS / "detection/rtmdet-tiny_60e_instruments-320x320.py")
POSE = str(CONFIGS / "pose/rtmpose-t_60e_instruments-256x256.py")


@pytest.fixture(scope="module")
def pair():
    torch.manual_seed(0)
    return PairProposer(DETECTOR, None, POSE, None, device="cpu", score_floor=0.0)


def test_empty_in_empty_out(pair):
    assert pair.find([]) == []


def test_instances_carry_category_and_own_keypoints(pair):
    image = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    found = pair.find([image])[0]
    assert len(found) <= 8, "the surest boxes only, whatever the floor"
    for instance in found:
        assert instance.category_id in (1, 2) and instance.keypoints.shape == (5, 2)


def test_a_teacher_that_zooms_keeps_the_surest_boxes_of_all_looks(monkeypatch):
    zooming = PairProposer(DETECTOR, None, POSE, None, "cpu", 0.0, max_boxes=3, zoom=2)
    shown = []

    def look(images, score_thr):
        shown.append(len(images))
        boxes = np.array([[10, 10, 20, 20]], np.float32)
        return [Boxes(boxes, np.array([0.1 * (1 + n)]), np.array([1])) for n in range(len(images))]

    monkeypatch.setattr(zooming.detector, "detector", look)
    (found,) = zooming.detect([np.zeros((96, 96, 3), np.uint8)])
    assert shown == [1, 4]  # the whole picture, then its parts
    assert found.scores.tolist() == pytest.approx([0.4, 0.3, 0.2])


def build_pose_model() -> torch.nn.Module:
    """Another pose model than that of the pair, batch norm far from where it starts."""
    with DefaultScope.overwrite_default_scope("mmpose"):
        model = MODELS.build(load_config(POSE).model).eval()
    for name, buffer in model.named_buffers():
        if name.endswith(("running_mean", "running_var")):
            buffer.fill_(0.5)
    return model


def test_an_adopted_network_answers_buffers_included_and_is_a_copy(pair):
    model = build_pose_model()
    pair.adopt("pose", model)
    network = pair.pose.backend.network
    crops = torch.randn(1, 3, 256, 256)
    with torch.no_grad():
        wanted = PoseNetwork(model)(crops)
        for answer, expected in zip(network(crops), wanted, strict=True):
            torch.testing.assert_close(answer, expected, rtol=1e-3, atol=1e-3)
    assert not network.training
    before = digest(network)
    next(model.parameters()).data.fill_(9.0)
    assert digest(network) == before


def test_a_network_that_answers_heatmaps_is_adopted_too(pair, random_vitpose):
    network, spec = load_pose(random_vitpose["pose2d"], random_vitpose["pose2d_weights"])
    pair.pose.backend.network, pair.pose.backend.spec = network, spec
    with DefaultScope.overwrite_default_scope("mmpose"):
        other = MODELS.build(load_config(random_vitpose["pose2d"]).model).eval()
    pair.adopt("pose", other)
    height, width = spec.input_size[1], spec.input_size[0]
    heatmaps = pair.pose.backend.network(torch.zeros(1, 3, height, width))[0]
    assert heatmaps.ndim == 4


def test_a_network_from_a_file_and_the_same_one_from_memory_have_one_signature(pair, tmp_path):
    model = build_pose_model()
    torch.save({"state_dict": model.state_dict(), "meta": {}}, tmp_path / "pose.pth")
    pair.adopt("pose", model)
    from_memory = pair.signature()
    pair.pose.backend.network = load_pose(POSE, tmp_path / "pose.pth")[0]
    assert pair.signature() == from_memory
    pair.adopt("pose", build_pose_model())
    assert pair.signature() != from_memory, "other random weights"


def test_a_picture_is_shown_to_the_detector_once_as_long_as_it_stays(pair):
    shown = []

    class CountingDetector:
        backend = pair.detector.backend

        def __call__(self, images, floor):
            shown.append(len(images))
            return [Boxes() for _ in images]

    detector, pair.detector = pair.detector, CountingDetector()
    pair._seen.clear()
    a, b = np.zeros((8, 300, 3), np.uint8), np.zeros((300, 8, 3), np.uint8)
    assert pair.find([a]) == [[]] and pair.find([b, a, b]) == [[], [], []]
    assert shown == [1, 1], "the same bytes in another shape are another picture"
    pair.detector = detector
    with DefaultScope.overwrite_default_scope("mmdet"):
        pair.adopt("detector", MODELS.build(load_config(DETECTOR).model))
    assert not pair._seen


def test_unknown_role(pair):
    with pytest.raises(InputError, match="role 'judge' given"):
        pair.adopt("judge", torch.nn.Identity())
