"""Large pictures shrink as the host shrinks them, small ones stay."""

import numpy as np
import pytest
from mmdet.datasets.transforms import Resize

import surgtools.register  # noqa: F401
from surgtools.datasets.transforms import ShrinkToFit


@pytest.mark.parametrize(("shape", "to"), [((90, 160), (90, 160)), ((200, 400), (80, 160))])
def test_sizes(shape, to):
    image = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    results = ShrinkToFit((160, 160))({"img": image.copy(), "img_shape": shape})
    assert results["img"].shape[:2] == to
    assert results["scale_factor"] == pytest.approx((to[1] / shape[1], to[0] / shape[0]))
    if shape == to:
        assert (results["img"] == image).all()
    else:
        host = Resize(scale=(160, 160), keep_ratio=True)({"img": image, "img_shape": shape})
        assert (results["img"] == host["img"]).all()


def test_a_large_picture_does_not_change_the_next_small_one():
    shrink = ShrinkToFit((100, 100))
    for side in (300, 50, 300):
        image = np.zeros((side, side, 3), np.uint8)
        assert shrink({"img": image, "img_shape": (side, side)})["img"].shape[0] == min(side, 100)
