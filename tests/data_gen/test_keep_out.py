"""Keeping out: distances of points placed by hand, and instruments that pass each other."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

from data_gen.assets import Assets
from data_gen.bodies import sample_body
from data_gen.keep_out import Envelope, envelope_of, keeps_out, stays_above, touches
from data_gen.motion import moved_scene, sample_movements
from data_gen.presets import load_preset, to_namespace
from data_gen.scene import sample_scene


def at(x, y=0.0, z=0.0, turn=0.0):
    pose = np.eye(4)
    c, s = np.cos(turn), np.sin(turn)
    pose[:2, :2] = [[c, -s], [s, c]]
    pose[:3, 3] = x, y, z
    return pose


def point(pose):
    return Envelope(np.zeros((1, 3)), pose)


def test_distances_are_the_smallest_over_time():
    rod = Envelope(np.array([[0.0, 0, 0], [0, 0.05, 0]]), at(0.1))
    still = point(at(0))
    poses, places = np.array([at(0.1), at(0.05, turn=np.pi / 2)]), np.array([at(0), at(0)])
    # turned by a right angle the rod's end lies at 0.05 - 0.05 = 0
    assert rod.distance(poses, still, places) == pytest.approx(0)
    assert rod.distance(poses[:1], still, places[:1]) == pytest.approx(0.008)  # far is far enough
    assert still.distance(places, rod, poses) == pytest.approx(0)


def test_what_was_near_at_rest_may_stay_near_but_come_no_nearer():
    still = point(at(0))
    near = point(at(0.003))
    assert keeps_out(near, np.array([at(0.004)]), [(still, np.array([at(0)]))])
    assert not keeps_out(near, np.array([at(0.002)]), [(still, np.array([at(0)]))])
    assert keeps_out(near, np.array([at(0.002)]), [])


def test_floating_things_stay_over_the_highest_fold():
    folds = np.array([[-0.01, 0.02]])
    high, low = point(at(0, z=0.05)), point(at(0, z=0.015))
    assert stays_above(high, np.array([at(0, z=0.021)]), folds)
    assert not stays_above(high, np.array([at(0, z=0.019)]), folds)
    assert stays_above(low, np.array([at(0, z=0.015)]), folds)  # it began there


def test_an_envelope_holds_closed_and_open():
    body = sample_body(np.random.default_rng(0), "0", "needle_holder", [0, 1], 0.0)
    low, high = body.model.opening_range
    envelope = envelope_of(body, (low, high), None)
    for opening in (low, high):
        vertices = np.concatenate([part.vertices for part in body.opened(opening).parts])
        assert cKDTree(envelope.points).query(vertices)[0].max() < 0.005 * np.sqrt(3)


def test_things_that_cross_touch_and_things_beside_each_other_do_not():
    body = sample_body(np.random.default_rng(0), "0", "tweezers", [0, 0], 1.0)
    assert touches(body, [replace(body, name="1", pose=at(0.01, 0.03, 0, turn=1.2))])
    assert not touches(body, [replace(body, name="1", pose=at(0, z=0.05))])
    assert not touches(body, [])


def test_instruments_of_a_clip_never_pass_through_each_other():
    preset = to_namespace(load_preset("theatre"))
    preset.instruments.count_weights = {3: 1}
    preset.instruments.floating_share = 1.0
    preset.distractors.share = 0.0
    preset.hands.share = 0.0
    preset.motion.travel = [0.08, 0.1]
    moved_far = 0
    for seed in range(2):
        rng = np.random.default_rng(seed)
        scene = sample_scene(rng, preset, Assets())
        movements = sample_movements(rng, scene, preset.motion, 2.0)
        before = nearest(scene.instruments)
        for t in np.arange(0, 2.0, 0.25):
            bodies = moved_scene(scene, movements, t).instruments
            assert nearest(bodies) > min(0.0005, before)
        moved_far += sum(movement.travel > 0.01 for movement in movements.values())
    assert moved_far >= 2  # keeping out is not standing still


def nearest(bodies):
    """Smallest distance between some of the vertices of any two bodies."""
    return min(
        cKDTree(a.vertices()[::3]).query(b.vertices()[::9])[0].min()
        for i, a in enumerate(bodies)
        for b in bodies[:i]
    )
