"""The shape model knows what bends and what does not."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selection import ShapeModel
from surgtools.errors import InputError


def holders(rng: np.random.Generator, count: int) -> np.ndarray:
    """(N, 5, 2) scissor-like shapes: joint, left_handle, left_tip, right_handle, right_tip."""
    shapes = []
    for _ in range(count):
        half, length = rng.uniform(0.02, 0.6), rng.uniform(80, 200)
        jaw = rng.uniform(0.25, 0.4) * length
        s, c = np.sin(half), np.cos(half)
        shape = np.array(
            [
                (0, 0),
                (-length * s, length * c),
                (-jaw * s, -jaw * c),
                (length * s, length * c),
                (jaw * s, -jaw * c),
            ]
        )
        angle = rng.uniform(0, 2 * np.pi)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        shapes.append(shape @ turn.T + rng.uniform(0, 300, 2))
    return np.array(shapes)


def test_new_shapes_of_the_family_fit_and_wrong_ones_do_not():
    rng = np.random.default_rng(0)
    model = ShapeModel.fit(holders(rng, 200))
    fresh = holders(rng, 200)
    limit = np.quantile(model.implausibility(fresh), 0.95)
    swapped = fresh[:, [1, 0, 2, 3, 4]]
    tip_at_ring = fresh.copy()
    tip_at_ring[:, 2] = tip_at_ring[:, 1]
    mirrored_sides = fresh[:, [0, 3, 4, 1, 2]]
    assert (model.implausibility(swapped) > limit).all()
    assert (model.implausibility(tip_at_ring) > limit).mean() > 0.95
    assert (model.implausibility(mirrored_sides) > limit).mean() > 0.6, "open ones are seen"


def test_position_rotation_and_size_do_not_matter():
    rng = np.random.default_rng(1)
    model = ShapeModel.fit(holders(rng, 100))
    shape = holders(rng, 1)
    turned = 3 * shape @ np.array([[0.0, -1], [1, 0]]) + 17
    np.testing.assert_allclose(model.implausibility(turned), model.implausibility(shape))


def test_shape_without_size_is_implausible_and_empty_in_empty_out():
    model = ShapeModel.fit(holders(np.random.default_rng(2), 50))
    assert np.isinf(model.implausibility(np.ones((1, 5, 2)))).all()
    assert model.implausibility(np.zeros((0, 5, 2))).shape == (0,)


def test_survives_json():
    rng = np.random.default_rng(3)
    model = ShapeModel.fit(holders(rng, 50))
    again, shapes = ShapeModel.from_dict(model.to_dict()), holders(rng, 5)
    np.testing.assert_allclose(again.implausibility(shapes), model.implausibility(shapes))


def test_too_few_labels_are_refused():
    with pytest.raises(InputError, match="3 complete labels .* needs 20"):
        ShapeModel.fit(holders(np.random.default_rng(0), 3))
