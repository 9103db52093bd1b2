"""A ghost that no view gives away: it turns with the picture and keeps its sides."""

from pathlib import Path

import numpy as np
import pytest

from surgtools.metainfo import order_sides
from surgtools.prediction.views import View, stack_keypoints

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def teacher(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import faulty_teacher

    return faulty_teacher


@pytest.mark.parametrize("view", [View(flip=True), View(degrees=90), View(degrees=200)])
def test_every_view_has_the_ghost_at_the_same_place(teacher, view):
    image = np.random.default_rng(0).integers(90, 110, (120, 120, 3)).astype(np.uint8)
    image[30:50, 70:100] = 250
    upright = teacher._ghost(image)
    assert order_sides(upright.keypoints, 1).tolist() == [0, 1, 2, 3, 4], "left is left"
    seen = view.to_picture(stack_keypoints([teacher._ghost(view.warp(image))]), 120, 120)[0, :5]
    size = np.hypot(*(upright.bbox[2:] - upright.bbox[:2]))
    # the larger canvas of 200 degrees makes the ghost 1.28 times as long
    assert np.linalg.norm(seen - upright.keypoints, axis=1).mean() < 0.15 * size
