"""Visibility: what may lie before a keypoint, and what hides it; a ball is the only geometry."""

import numpy as np

from data_gen.visibility import see_keypoints


def ball(center, radius, name):
    """Rays against one ball, by the quadratic formula."""

    def cast(origin, direction):
        b = direction @ (origin - center)
        root = b**2 - ((origin - center) @ (origin - center) - radius**2)
        return (-b - np.sqrt(root), name) if root >= 0 else None

    return cast


CAMERA = np.zeros(3)
POINT = np.array([[0, 0, 1.0]])


def seen(cast, radius=0.0, owners=("own",)):
    return see_keypoints(cast, CAMERA, POINT, np.array([radius]), [set(owners)]).tolist()


def test_nothing_in_the_way_is_visible():
    assert seen(lambda origin, direction: None) == [True]


def test_the_own_surface_may_lie_half_a_thickness_before():
    cast = ball(np.array([0, 0, 1.0]), 0.01, "own")  # met at 0.99
    assert seen(cast, radius=0.011) == [True]
    assert seen(cast, radius=0.009) == [False]


def test_another_surface_at_the_same_place_hides():
    cast = ball(np.array([0, 0, 1.0]), 0.01, "other arm")
    assert seen(cast, radius=0.011) == [False]


def test_what_is_in_front_hides_and_what_is_behind_does_not():
    assert seen(ball(np.array([0, 0, 0.5]), 0.1, "own"), radius=0.011) == [False]
    assert seen(ball(np.array([0, 0, 1.5]), 0.1, "table")) == [True]


def test_no_keypoints_give_an_empty_answer():
    answer = see_keypoints(lambda o, d: None, CAMERA, np.zeros((0, 3)), np.zeros(0), [])
    assert answer.shape == (0,)
