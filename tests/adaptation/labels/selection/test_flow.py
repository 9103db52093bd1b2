"""Where the pixels go, the labels must go."""

import cv2
import numpy as np

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
