"""An instrument is told from an uneven, noisy ground, and comes off it without a seam."""

import cv2
import numpy as np
import pytest

from surgtools.annotations.plain_ground import cut_layer, find_instrument, ground_color

BOX = np.array([[40.0, 30.0, 200.0, 180.0]])


@pytest.fixture(scope="module")
def photograph():
    """A bright and a dark rod and a ring on a table that gets darker to the right."""
    rng = np.random.default_rng(0)
    x = np.linspace(0, 1, 260)
    table = np.repeat((170 - 50 * x**2)[None, :, None], 220, axis=0).repeat(3, axis=2)
    mask = np.zeros((220, 260), np.uint8)
    cv2.line(mask, (45, 35), (150, 150), 1, 7)
    cv2.circle(mask, (170, 155), 22, 1, 6)
    image = table.copy()
    image[mask > 0] = 90
    bright = np.zeros_like(mask)
    cv2.line(bright, (60, 50), (120, 116), 1, 3)
    image[bright > 0] = 235
    image += rng.normal(0, 2, image.shape)
    return image.clip(0, 255).astype(np.uint8), mask, table


def test_the_mask_is_that_of_the_instrument(photograph):
    image, true, table = photograph
    mask, ground = find_instrument(image, BOX)
    both = (mask & true).sum()
    assert both / true.sum() > 0.98 and both / mask.sum() > 0.8  # a pixel wider
    assert not mask[155, 170]  # the ring is open
    assert np.abs(ground - table).max() < 8


def test_a_large_photograph_is_cut_like_a_small_one(photograph):
    image, true, _ = photograph
    larger = [cv2.resize(part, None, fx=6, fy=6) for part in (image, true)]
    mask, ground = find_instrument(larger[0], 6 * BOX)
    assert mask.shape == ground.shape[:2] == larger[0].shape[:2]
    both = (mask & larger[1]).sum()
    assert both / larger[1].sum() > 0.95 and both / mask.sum() > 0.8
    assert set(np.unique(cut_layer(larger[0], mask, ground)[..., 3])) >= {0, 255}


def test_the_ground_is_known_under_the_instrument(photograph):
    image, true, table = photograph
    empty = cv2.dilate(true, np.ones((9, 9), np.uint8)) == 0
    assert np.abs(ground_color(image, empty) - table)[true > 0].mean() < 1.5


def test_no_empty_pixel_is_needed():
    plain = np.full((60, 80, 3), 120, np.uint8)
    np.testing.assert_allclose(ground_color(plain, np.zeros((60, 80), bool)), 120, atol=1e-3)


def test_nothing_beyond_the_boxes_is_cut(photograph):
    image, true, _ = photograph
    mask, _ = find_instrument(image, BOX[:0])
    assert not mask.any()
    left = find_instrument(image, np.array([[40.0, 30.0, 110.0, 110.0]]))[0]
    assert left[:, :100].any() and not left[:, 120:].any()


def test_a_layer_shows_no_seam_of_the_old_ground(photograph):
    image, true, table = photograph
    layer = cut_layer(image, true, table.astype(np.float32)).astype(float)
    alpha = layer[..., 3:] / 255
    back = alpha * layer[..., :3] + (1 - alpha) * table
    assert np.abs(back - image).max() < 12  # noise of the table outside, 6 deviations
    assert layer[0, 0].tolist() == [0, 0, 0, 0]
    assert layer[155, 192, 3] == 255
