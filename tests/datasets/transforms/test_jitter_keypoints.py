"""Keypoints as a network would place them."""

import numpy as np

from surgtools.datasets.transforms import JitterKeypoints


def sample():
    keypoints = np.zeros((1, 10, 2), np.float32)
    keypoints[0, :5] = [[0, 0], [0, 1], [0, -1], [0.2, 1], [0.2, -1]]
    visible = np.zeros((1, 10), np.float32)
    visible[0, :5] = 1
    return {"keypoints": keypoints, "keypoints_visible": visible}


def test_seen_keypoints_move_by_the_noise_and_others_stay():
    np.random.seed(0)
    before = sample()
    moves = []
    for _ in range(300):
        after = JitterKeypoints(noise=0.01, lost=0.0)(before)
        moves.append(after["keypoints"] - before["keypoints"])
    moves = np.array(moves)
    assert (moves[:, 0, 5:] == 0).all() and (before["keypoints"] == sample()["keypoints"]).all()
    # a uniform share from 0 to 2 of 1 % of a size of 2.01: its mean square is 4 / 3
    assert abs(moves[:, 0, :5].std() / (0.0201 * (4 / 3) ** 0.5) - 1) < 0.1


def test_some_are_forgotten_but_three_stay():
    np.random.seed(0)
    after = JitterKeypoints(lost=1.0, least=3)(sample())
    assert after["keypoints_visible"].sum() == 3
    assert JitterKeypoints(lost=0.0)(sample())["keypoints_visible"].sum() == 5


def test_what_comes_after_does_not_depend_on_how_many_are_seen():
    fewer = sample()
    fewer["keypoints_visible"][0, 4] = 0
    drawn = []
    for each in (sample(), fewer):
        np.random.seed(0)
        JitterKeypoints()(each)
        drawn.append(np.random.random())
    assert drawn[0] == drawn[1]
