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
    assert model.implausibility(np.ones((1, 5, 2))).tolist() == [np.inf]
    assert model.implausibility(np.zeros((0, 5, 2))).shape == (0,)


def test_survives_json():
    rng = np.random.default_rng(3)
    model = ShapeModel.fit(holders(rng, 50))
    again, shapes = ShapeModel.from_dict(model.to_dict()), holders(rng, 5)
    np.testing.assert_allclose(again.implausibility(shapes), model.implausibility(shapes))


def test_too_few_labels_are_refused():
    with pytest.raises(InputError, match="3 complete labels .* needs 20"):
        ShapeModel.fit(holders(np.random.default_rng(0), 3))


@pytest.mark.parametrize("count", [19, 20])
def test_twenty_complete_labels_are_enough(count):
    shapes = holders(np.random.default_rng(0), count)
    shapes = np.concatenate([shapes, np.ones((5, 5, 2))])  # without size, they do not count
    if count == 20:
        assert ShapeModel.fit(shapes).mean.shape == (5, 2)
    else:
        with pytest.raises(InputError, match="19 complete labels .* needs 20"):
            ShapeModel.fit(shapes)


def one_way(spread):
    """(200, 3, 2) a bar of length 2 whose middle lies aside by as much as ``spread`` says."""
    aside = spread * np.tile([-1.0, 1.0], 100)
    shapes = np.zeros((200, 3, 2))
    shapes[:, 0, 0], shapes[:, 2, 0], shapes[:, 1, 1] = -1, 1, aside
    return shapes


def test_labels_that_never_vary_leave_the_noise_of_labelling():
    model = ShapeModel.fit(one_way(0.0))
    np.testing.assert_allclose(model.variances, 0.01**2)
    assert model.noise == pytest.approx(0.01**2)
    # root 2 is the bar's own size: the middle one hundredth of it aside is one deviation in one
    # of six coordinates, but for the third that shows as a shift of all
    bent = one_way(0.01 * np.sqrt(2))[:1]
    expected = np.sqrt(2 / 3 / 6)
    assert model.implausibility(bent) == pytest.approx([expected], rel=1e-3)


def test_what_varies_along_one_direction_has_its_variance_there():
    model = ShapeModel.fit(one_way(0.1))
    # the middle 0.1 aside, of size root 2, less the third of it by which all move
    variance = 0.1**2 * (2 / 3) / (2 + 0.1**2 * 2 / 3)
    assert model.variances[0] == pytest.approx(variance + 0.01**2, rel=1e-3)
    assert model.noise == pytest.approx(0.01**2, rel=0.05)
    np.testing.assert_allclose(
        model.implausibility(one_way(0.1)), np.sqrt(variance / model.variances[0] / 6), rtol=0.02
    )


def loose(spreads):
    """(2000, 5, 2) an uneven star whose coordinates vary, each as much as ``spreads`` says."""
    star = np.array([(0.0, 0), (10, 0), (0, 10), (10, 10), (20, 5)])
    rng = np.random.default_rng(0)
    return star + rng.normal(0, 1, (2000, 5, 2)) * np.reshape(spreads, (5, 2))


def test_directions_are_kept_until_they_explain_the_share_asked_for():
    """Ten coordinates less four of position, turn and size leave six directions."""
    shapes = loose(np.full(10, 0.3))
    kept = [len(ShapeModel.fit(shapes, share).variances) for share in (0.0, 0.5, 1.0)]
    assert kept[0] == 1 and kept[1] in (2, 3, 4) and kept[2] == 6
    few = loose([2.0, 0, 0, 2.0, *np.full(6, 0.02)])
    whole = ShapeModel.fit(few, 1.0)
    shares = np.cumsum(whole.variances - 0.01**2) / (whole.variances - 0.01**2).sum()
    default = len(ShapeModel.fit(few).variances)
    assert default == 1 + np.searchsorted(shares, 0.98) < 6


def test_what_no_direction_carries_is_noise_of_the_other_coordinates():
    shapes = loose(np.full(10, 0.3))
    whole, half = ShapeModel.fit(shapes, 1.0), ShapeModel.fit(shapes, 0.5)
    kept = len(half.variances)
    left = (whole.variances[kept:] - 0.01**2).sum() + whole.noise - 0.01**2
    assert half.noise == pytest.approx(left / (6 - kept) + 0.01**2, rel=1e-6)


def test_the_mean_is_no_mirror_image_and_a_tiny_shape_is_a_shape():
    shapes = loose(np.full(10, 0.1))
    model = ShapeModel.fit(shapes)

    def side(shape):
        first, second = shape[1] - shape[0], shape[2] - shape[0]
        return np.sign(first[0] * second[1] - first[1] * second[0])

    assert side(model.mean) == side(shapes[0])
    (tiny,), (large,) = (model.implausibility(shapes[:1] * scale) for scale in (1e-3, 1.0))
    assert tiny == pytest.approx(large)
