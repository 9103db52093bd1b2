"""The view in which a lifter sees an instrument."""

import cv2
import numpy as np
import pytest

from surgtools.lifting import from_root, length_in_space, lifting_view
from surgtools.taxonomy import SURGICAL

HOLDER = SURGICAL.get(1)
POINTS = np.array(
    [[0, 0, 0], [-0.02, 0.1, 0], [-0.01, -0.05, 0.01], [0.02, 0.1, 0], [0.01, -0.05, 0.01]]
)
"""Joint, left handle, left tip, right handle, right tip: tips up in the picture; meters."""

ALL = np.ones(5, bool)


def rays(points):
    return points[:, :2] / points[:, 2:]


def placed(turn, shift):
    return POINTS @ cv2.Rodrigues(np.array(turn, float))[0].T + shift


def test_tips_point_up_and_the_instrument_fills_the_view():
    view = lifting_view(rays(placed([0.3, 0.2, 1.9], [0.1, -0.05, 0.5])), ALL, HOLDER)
    tips = view.inputs[[2, 4], :2].mean(axis=0) - view.inputs[0, :2]
    assert tips[1] < 0 and abs(tips[0]) < 0.05
    xy = view.inputs[:, :2]
    assert np.linalg.norm(xy[:, None] - xy[None], axis=2).max() == pytest.approx(1)
    assert view.rotation @ view.rotation.T == pytest.approx(np.eye(3))
    assert np.linalg.det(view.rotation) == pytest.approx(1)


def test_the_view_looks_at_the_instrument_and_takes_nothing_away():
    points = placed([0.3, 0.2, 1.9], [0.1, -0.05, 0.5])
    view = lifting_view(rays(points), ALL, HOLDER)
    turned = points @ view.rotation.T
    assert rays(turned) / view.inputs[0, 2] == pytest.approx(view.inputs[:, :2])


@pytest.mark.parametrize("roll", [0.5, 2.0, -2.5])
def test_turning_the_camera_about_its_axis_changes_nothing(roll):
    points = placed([0.3, 0.2, 0.4], [0.1, -0.05, 0.5])
    turned = points @ cv2.Rodrigues(np.array([0, 0, roll]))[0].T
    views = [lifting_view(rays(own), ALL, HOLDER) for own in (points, turned)]
    assert views[0].inputs == pytest.approx(views[1].inputs)


def test_what_is_not_seen_is_zero_and_says_nothing():
    points = placed([0.3, 0.2, 0.4], [0.1, -0.05, 0.5])
    seen = np.array([True, True, False, True, True])
    moved = points.copy()
    moved[2] += 0.1
    views = [lifting_view(rays(own), seen, HOLDER) for own in (points, moved)]
    assert (views[0].inputs[2] == 0).all() and (views[0].inputs[seen, 3] == 1).all()
    assert views[0].inputs == pytest.approx(views[1].inputs)


def test_too_little_to_look_at_gives_no_view():
    two = np.array([True, True, False, False, False])
    assert lifting_view(rays(placed([0, 0, 0], [0, 0, 0.5])), two, HOLDER) is None
    assert lifting_view(np.zeros((5, 2)), ALL, HOLDER) is None


def test_length_and_root():
    corners = np.array([[0, 0, 0], [0, 3, 4], [1, 0, 0]])
    assert length_in_space(corners) == pytest.approx(26**0.5)  # (1, -3, -4)
    assert from_root(np.array([[1, 2, 3], [2, 2, 5]])).tolist() == [[0, 0, 0], [1, 0, 2]]
