"""Bodies: instruments in the world, their openings, and the names that visibility needs."""

from dataclasses import replace

import numpy as np
import pytest

from data_gen.bodies import sample_body, sample_object, within_reach
from data_gen.placement import spin


def test_closed_and_open_instruments_keep_to_their_shares():
    for seed in range(6):
        rng = np.random.default_rng(seed)
        closed = sample_body(rng, "0", "needle_holder", [0.5, 1.0], 1.0)
        opened = sample_body(rng, "0", "needle_holder", [0.5, 1.0], 0.0)
        for body, low, high in ((closed, 0, 0.1), (opened, 0.5, 1.0)):
            start, stop = body.model.opening_range
            assert low <= (body.opening - start) / (stop - start) <= high


def test_keypoints_and_vertices_follow_the_pose():
    body = sample_body(np.random.default_rng(0), "0", "tweezers", [0.5, 0.5], 0.0)
    pose = np.eye(4)
    pose[:3, :3] = spin(np.pi / 2)
    pose[:3, 3] = [1, 2, 3]
    moved = replace(body, pose=pose)
    x, y, z = body.keypoints_world().T
    assert moved.keypoints_world() == pytest.approx(np.stack([1 - y, 2 + x, 3 + z], axis=1))


def test_every_keypoint_has_an_owner_among_the_objects():
    for kind in ("needle_holder", "tweezers"):
        body = sample_body(np.random.default_rng(0), "7", kind, [0.0, 1.0], 0.0)
        names = {f"7.{part.name}" for part in body.parts}
        assert len(body.owner_objects()) == 5
        assert all(owners and owners <= names for owners in body.owner_objects())


def test_opening_keeps_the_vertices_in_number():
    body = sample_body(np.random.default_rng(0), "0", "tweezers", [0.0, 0.0], 0.0)
    wider = body.opened(body.model.opening_range[1])
    assert len(wider.vertices()) == len(body.vertices())
    tips = [np.linalg.norm(b.keypoints[2] - b.keypoints[4]) for b in (body, wider)]
    assert tips[1] > tips[0] + 0.002


def test_objects_can_be_shrunk():
    whole = sample_object(np.random.default_rng(0), "a", "box")
    half = sample_object(np.random.default_rng(0), "a", "box", scale=0.5)
    assert half.length() == pytest.approx(0.5 * whole.length())


@pytest.mark.parametrize("kind", ["needle_holder", "tweezers"])
def test_hands_open_an_instrument_only_as_far_as_they_reach(kind):
    body = sample_body(np.random.default_rng(3), "0", kind, [1.0, 1.0], 0.0)

    def apart(posed):
        return np.linalg.norm(posed.keypoints[1] - posed.keypoints[3])

    wide = apart(body)
    held = within_reach(body, 0.7 * wide)
    assert apart(held) == pytest.approx(0.7 * wide, rel=0.02) and apart(held) <= 0.7 * wide
    assert within_reach(body, 1.1 * wide) is body
