"""Tracks link neighbors, and a jump is what the neighbors do not expect."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selection import link_tracks, temporal_jump
from surgtools.metainfo import NUM_SLOTS


def moving(offsets) -> np.ndarray:
    """(N, K, 2) one needle holder displaced by each offset."""
    keypoints = np.full((len(offsets), NUM_SLOTS, 2), np.nan)
    keypoints[:, :5] = np.arange(10).reshape(5, 2) * 10
    return keypoints + np.asarray(offsets, dtype=float)[:, None]


def test_steady_motion_is_no_jump_and_a_spike_is():
    keypoints = moving([(0, 0), (10, 0), (20, 0), (30, 20), (40, 0)])
    sizes = np.full(5, 100.0)
    previous = link_tracks(np.zeros(5), np.arange(5), keypoints, sizes)
    assert previous.tolist() == [-1, 0, 1, 2, 3]
    jump = temporal_jump(previous, keypoints, sizes)
    assert np.isnan(jump[[0, 4]]).all()
    np.testing.assert_allclose(jump[1:4], [0, 0.10, 0.20])


def test_one_wrong_keypoint_is_a_jump():
    keypoints = moving([(0, 0)] * 3)
    keypoints[1, 2] += [0, 30]
    sizes = np.full(3, 100.0)
    previous = link_tracks(np.zeros(3), np.arange(3), keypoints, sizes)
    np.testing.assert_allclose(temporal_jump(previous, keypoints, sizes)[1], 0.3)


def test_clips_gaps_and_far_steps_are_not_linked():
    sizes = np.full(2, 100.0)
    same, far = moving([(0, 0), (0, 0)]), moving([(0, 0), (60, 0)])
    assert link_tracks(np.array([0, 1]), np.array([0, 1]), same, sizes).tolist() == [-1, -1]
    assert link_tracks(np.zeros(2), np.array([0, 2]), same, sizes).tolist() == [-1, -1]
    assert link_tracks(np.zeros(2), np.array([0, 1]), far, sizes).tolist() == [-1, -1]


@pytest.mark.parametrize("step, previous", [(50, [-1, 0]), (51, [-1, -1])])
def test_how_far_an_instrument_may_move_between_frames(step, previous):
    """Half of its size of 100 px."""
    keypoints = moving([(0, 0), (step, 0)])
    linked = link_tracks(np.zeros(2), np.arange(2), keypoints, np.full(2, 100.0))
    assert linked.tolist() == previous


@pytest.mark.parametrize("frames", [[2, 1, 0], [1, 0, 2], [0, 2, 1]])
def test_the_order_of_the_instances_does_not_matter(frames):
    frames = np.array(frames)
    keypoints = moving([(0, 0), (10, 10), (0, 0)])[frames]  # a spike of 10 * sqrt(2) px amid them
    sizes = np.full(3, 100.0)
    previous = link_tracks(np.zeros(3), frames, keypoints, sizes)
    jump = temporal_jump(previous, keypoints, sizes)
    np.testing.assert_allclose(jump[frames == 1], [0.1 * np.sqrt(2)])
    assert np.isnan(jump[frames != 1]).all()


def test_empty_in_empty_out():
    empty = moving(np.zeros((0, 2)))
    previous = link_tracks(np.zeros(0), np.zeros(0), empty, np.zeros(0))
    assert previous.shape == (0,)
    assert temporal_jump(previous, empty, np.zeros(0)).shape == (0,)
