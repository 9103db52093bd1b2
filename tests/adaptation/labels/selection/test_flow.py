"""Where the pixels go, the labels must go."""

import cv2
import numpy as np
import pytest

from surgtools.adaptation.labels.selection import flow_disagreement

POINTS = np.array([(60.0, 60), (100, 80), (140, 100), (90, 130), (120, 60)])


def picture(shift) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    noise = cv2.GaussianBlur(noise, (0, 0), 3)
    matrix = np.array([[1.0, 0, shift[0]], [0, 1, shift[1]]])
    return cv2.warpAffine(noise, matrix, (200, 200), borderMode=cv2.BORDER_REFLECT)


def test_labels_that_move_with_the_picture_agree():
    value = flow_disagreement(picture((0, 0)), picture((4, 3)), POINTS, POINTS + [4, 3], 100)
    assert value < 0.005


def test_labels_that_stay_behind_disagree_by_the_motion():
    # the picture moves 5 px of 100 px, the labels do not
    value = flow_disagreement(picture((0, 0)), picture((4, 3)), POINTS, POINTS, 100)
    np.testing.assert_allclose(value, 0.05, atol=0.005)


def test_unbelievable_flow_says_nothing():
    flat = np.full((200, 200, 3), 128, np.uint8)
    other = np.random.default_rng(1).integers(0, 255, (200, 200, 3), np.uint8)
    assert np.isnan(flow_disagreement(picture((0, 0)), other, POINTS, POINTS, 100))
    assert np.isnan(flow_disagreement(flat, flat[:100], POINTS, POINTS, 100))
    assert np.isnan(flow_disagreement(flat, flat, POINTS * np.nan, POINTS, 100))


def test_three_keypoints_say_something_and_two_nothing():
    before, now = picture((0, 0)), picture((4, 3))
    for count, known in ((3, True), (2, False)):
        points = POINTS.copy()
        points[count:] = np.nan
        assert np.isfinite(flow_disagreement(before, now, points, points, 100)) == known


def test_a_keypoint_that_one_frame_lacks_is_not_followed():
    before, now = picture((0, 0)), picture((4, 3))
    lost = POINTS.copy()
    lost[:2] = np.nan
    assert np.isfinite(flow_disagreement(before, now, POINTS, lost, 100))
    lost[2] = np.nan
    assert np.isnan(flow_disagreement(before, now, POINTS, lost, 100))
    assert np.isnan(flow_disagreement(before, now, lost, POINTS, 100))


class Flow:
    """In the place of OpenCV's flow: a shift there, and a way back that misses by some pixels."""

    def __init__(self, shift, misses, lost=(), lost_back=()):
        self.shift, self.misses, self.lost = np.array(shift, np.float32), misses, [lost, lost_back]
        self.windows = []

    def __call__(self, before, now, points, following, winSize, maxLevel):
        self.windows.append((winSize, maxLevel))
        back = len(self.windows) % 2 == 0
        found = np.ones((len(points), 1), np.uint8)
        found[list(self.lost[back])] = 0
        misses = np.zeros((len(points), 1, 2), np.float32)
        misses[:, 0, 1] = self.misses if back else 0
        return points + (-self.shift if back else self.shift) + misses, found, None


@pytest.mark.parametrize(
    ("misses", "lost", "lost_back", "value"),
    [
        ([1, 1, 1, 1.01, 1.01], [], [], 0.05),
        ([1, 1, 1.01, 1.01, 1.01], [], [], np.nan),
        ([0, 0, 0, 0, 0], [0, 1], [], 0.05),
        ([0, 0, 0, 0, 0], [0, 1], [2], np.nan),
        ([0, 0, 0, 0, 0], [], [0, 1, 2], np.nan),
    ],
)
def test_a_flow_is_believed_that_returns_to_a_hundredth_of_the_size(
    monkeypatch, misses, lost, lost_back, value
):
    flow = Flow((3, 4), misses, lost, lost_back)
    monkeypatch.setattr(cv2, "calcOpticalFlowPyrLK", flow)
    gray = np.zeros((200, 200), np.uint8)
    found = flow_disagreement(gray, gray, POINTS, POINTS, 100)
    np.testing.assert_allclose(found, value, rtol=1e-5)


@pytest.mark.parametrize(
    ("size", "window"), [(50, 11), (88, 11), (96, 13), (111, 13), (112, 15), (900, 41)]
)
def test_the_window_is_an_odd_eighth_of_the_instrument(monkeypatch, size, window):
    flow = Flow((0, 0), np.zeros(5))
    monkeypatch.setattr(cv2, "calcOpticalFlowPyrLK", flow)
    gray = np.zeros((200, 200), np.uint8)
    flow_disagreement(gray, gray, POINTS, POINTS, size)
    assert flow.windows == [((window, window), 3)] * 2
