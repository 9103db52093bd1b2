import numpy as np
import pytest

from data_gen.instruments.depth import ray_hits, triangles
from data_gen.instruments.needle_holder import sample_needle_holder

SEEDS = range(6)


def angle_at_joint(a, b):
    a, b = a[:2], b[:2]
    return np.arccos(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize("seed", SEEDS)
def test_tips_and_handles_open_by_the_same_angle(seed):
    model = sample_needle_holder(np.random.default_rng(seed))
    closed, opened = model.articulate(0.0).keypoints, model.articulate(0.4).keypoints
    joint, left_handle, left_tip, right_handle, right_tip = opened
    assert joint == pytest.approx(np.zeros(3))
    tips = angle_at_joint(left_tip, right_tip) - angle_at_joint(closed[2], closed[4])
    handles = angle_at_joint(left_handle, right_handle) - angle_at_joint(closed[1], closed[3])
    assert tips == pytest.approx(0.4, abs=0.02)
    assert handles == pytest.approx(0.4, abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_closed_jaws_touch_and_shanks_stay_apart(seed):
    model = sample_needle_holder(np.random.default_rng(seed), {"jaw_curved": 0.0})
    shape = model.shape
    keypoints = model.articulate(0.0).keypoints
    assert keypoints[4, 0] - keypoints[2, 0] < shape.jaw_tip_width
    assert keypoints[3, 0] - keypoints[1, 0] > shape.shank_gap * shape.length


@pytest.mark.parametrize("seed", SEEDS)
def test_the_length_is_what_the_shape_says(seed):
    model = sample_needle_holder(np.random.default_rng(seed), {"jaw_curved": 0.0})
    every = np.concatenate([part.vertices for part in model.articulate(0.0).parts])
    assert np.ptp(every[:, 1]) == pytest.approx(model.shape.length, abs=5e-4)


def test_ratchet_tabs_overlap_when_closed():
    model = sample_needle_holder(np.random.default_rng(0), {"ratchet_overlap": 1.5, "skew": 0.0})
    parts = {part.name: part.vertices for part in model.articulate(0.0).parts}
    y = parts["left_handle"][:, 1]
    shape = model.shape
    ring_top = model.articulate(0.0).keypoints[1, 1] + shape.ring_length / 2
    tab = parts["left_handle"][y > ring_top - 0.002]
    assert tab[:, 0].max() > 0, "the left tab reaches past the middle"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_joint_is_seen_through_the_box_from_aslant_too(seed):
    model = sample_needle_holder(np.random.default_rng(seed))
    posed = model.articulate(0.2)
    azimuth = np.arange(12) * np.pi / 6
    for tilt in np.deg2rad([0, 30, 60]):
        rays = np.column_stack(
            [
                np.sin(tilt) * np.cos(azimuth),
                np.sin(tilt) * np.sin(azimuth),
                np.full(12, np.cos(tilt)),
            ]
        )
        rays = np.concatenate([rays, rays * [1, 1, -1]])
        for part in posed.parts:
            hits = ray_hits(part.vertices[triangles(part)], posed.keypoints[0], rays)
            assert hits[np.isfinite(hits)].max(initial=0) < posed.radii[0]
