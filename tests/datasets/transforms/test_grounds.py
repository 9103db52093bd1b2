"""Grounds differ, fit, and stay within what they are made of."""

import cv2
import numpy as np

from surgtools.datasets.transforms.grounds import (
    draw_lines,
    lay_sheet,
    part_of,
    sample_ground_picture,
)


def test_no_two_grounds_are_alike():
    rng = np.random.default_rng(0)
    grounds = [sample_ground_picture(40, 60, [], rng) for _ in range(12)]
    assert {g.shape for g in grounds} == {(40, 60, 3)}
    for a, b in zip(grounds, grounds[1:], strict=False):
        assert cv2.absdiff(a, b).mean() > 1


def test_a_part_keeps_the_proportions_of_things():
    picture = np.zeros((100, 300, 3), np.uint8)
    cv2.circle(picture, (150, 50), 20, (255, 255, 255), -1)
    for seed in range(20):
        part = part_of(picture, 80, 80, np.random.default_rng(seed))
        assert part.shape == (80, 80, 3)
        ys, xs = np.nonzero(part[..., 0] > 128)
        if len(xs) and min(xs.min(), ys.min()) > 0 and max(xs.max(), ys.max()) < 79:
            assert abs(np.ptp(xs) - np.ptp(ys)) <= 3


def test_a_sheet_covers_some_and_not_all():
    ground, sheet = np.zeros((60, 60, 3), np.uint8), np.full((60, 60, 3), 200, np.uint8)
    shares = [
        (lay_sheet(ground, sheet, np.random.default_rng(seed)) > 100).mean() for seed in range(20)
    ]
    assert 0.05 < np.mean(shares) < 0.8


def test_lines_are_thin():
    for seed in range(10):
        ground = draw_lines(np.full((80, 80, 3), 127, np.uint8), np.random.default_rng(seed))
        assert (ground != 127).any(axis=2).mean() < 0.35
