"""Camera and instruments of the target, in what an adaptation knows."""

import json

import numpy as np
import pytest

from surgtools.adaptation.labels.expected_precision import PrecisionModel
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.selection import MAX_RESIDUAL
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.camera import Camera
from surgtools.errors import InputError
from surgtools.spatial.instrument_model import SpatialModel
from surgtools.taxonomy import SURGICAL

CAMERA = Camera(640, 480, 800.0, 800.0, 319.5, 239.5)
FLAT = np.array([[0, 0, 0], [-0.02, -0.1, 0], [-0.01, 0.04, 0], [0.02, -0.1, 0], [0.01, 0.04, 0]])


@pytest.fixture
def knowledge() -> SourceKnowledge:
    features = (0.0,) * 4
    model = SpatialModel("needle_holder", SURGICAL.get(1).keypoints, np.zeros(1), FLAT[None])
    plain = SourceKnowledge(
        {}, {"keypoint": 0.1}, PrecisionModel(features, (1.0,) * 4, features, 3.0), {}
    )
    return plain.with_space(CAMERA, [model])


def proposals() -> Proposals:
    """A holder as the camera sees it, and one with a handle elsewhere."""
    turned = FLAT * [1, -1, 1] + [0, 0, 0.4]
    right = CAMERA.project(turned)
    right = right[SURGICAL.get(1).order_sides(right)]
    wrong = right.copy()
    wrong[1] += [120, -60]
    keypoints = np.full((2, SURGICAL.num_slots, 2), np.nan)
    keypoints[:, SURGICAL.slots_of(1)] = [right, wrong]
    scores = np.where(np.isnan(keypoints[..., 0]), np.nan, 1.0)
    boxes = np.concatenate([right.min(axis=0), right.max(axis=0)])[None].repeat(2, axis=0)
    ones = np.ones(2)
    return Proposals(
        np.array([0, 0]), np.array([1, 1]), boxes, ones, keypoints, scores, scores, scores * 0, 1,
        statistics={"bbox_score": ones, "keypoint_score": ones, "view_disagreement": 0 * ones},
    )  # fmt: skip


def read(index: int) -> np.ndarray:
    return np.zeros((480, 640, 3), np.uint8)


def test_a_label_that_no_pose_shows_is_rejected(knowledge):
    judged = knowledge.add_statistics(proposals(), ["a"], [0], read)
    right, wrong = judged.statistics["residual"]
    assert right < MAX_RESIDUAL < wrong
    reasons = Selector(knowledge.thresholds).select(judged, np.random.default_rng(0))
    assert reasons[0] == "" and reasons[1].startswith("residual:")


def test_it_is_written_and_read(knowledge, tmp_path):
    knowledge.write(tmp_path / "k.json")
    again = SourceKnowledge.load(tmp_path / "k.json")
    assert again.space == json.loads(json.dumps(knowledge.space))
    judged = again.add_statistics(proposals(), ["a"], [0], read)
    assert judged.statistics["residual"][1] > MAX_RESIDUAL


def test_pictures_of_another_size_are_refused(knowledge):
    with pytest.raises(InputError, match="a: is 320x240, the camera file is for 640x480"):
        knowledge.add_statistics(
            proposals(), ["a"], [0], lambda index: np.zeros((240, 320, 3), np.uint8)
        )
