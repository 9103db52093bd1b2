import numpy as np
import pytest

from data_gen.instruments.hinged import HingedModel
from data_gen.instruments.model import Part


def cross(category_id=1, bent=0.0):
    """Two crossed bars from a handle at y = -2 to a tip at y = 1."""
    left = np.array([[-1.0, -2, 0], [-0.9, -2, 0], [0.5, 1, bent]])
    halves = [
        [Part(name, vertices, [(0, 1, 2)], "steel")]
        for name, vertices in (("left", left), ("right", left * [-1, 1, 1]))
    ]
    model = HingedModel(
        *halves,
        handles=np.array([[-1.0, -2, 0], [1, -2, 0]]),
        tips=np.array([[0.5, 1, bent], [-0.5, 1, bent]]),
        hinge_radius=0.1,
        handle_radius=0.2,
        tip_radius=0.3,
    )
    model.category_id = category_id
    return model


def test_tips_belong_to_the_opposite_half():
    posed = cross().articulate(0.0)
    # joint, left_handle, left_tip, right_handle, right_tip
    assert posed.keypoints[2] == pytest.approx([-0.5, 1, 0])
    assert posed.owners == (("left", "right"), ("left",), ("right",), ("right",), ("left",))
    assert posed.radii == pytest.approx([0.1, 0.2, 0.3, 0.2, 0.3])


def test_opening_parts_handles_and_tips():
    closed, opened = cross().articulate(0.0).keypoints, cross().articulate(0.6).keypoints
    assert opened[1, 0] < closed[1, 0] and opened[3, 0] > closed[3, 0]
    assert opened[2, 0] < closed[2, 0] and opened[4, 0] > closed[4, 0]
    # a half turn of 0.3 rad: x' = x cos + y sin for the left handle at (-1, -2)
    assert opened[1, 0] == pytest.approx(-np.cos(0.3) - 2 * np.sin(0.3))


def test_a_distractor_has_parts_only():
    assert cross(category_id=None).articulate(0.1).keypoints is None


def test_a_bent_tip_and_the_handle_touch_the_table_together():
    flat, flipped = cross(bent=0.2).rest_rotations()
    assert flat == pytest.approx(np.eye(3))
    vertices = cross(bent=0.2).articulate(0.0).parts[0].vertices @ flipped.T
    assert vertices[0, 2] == pytest.approx(vertices[2, 2], abs=0.01)
