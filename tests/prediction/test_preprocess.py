import cv2
import numpy as np
import pytest

import surgtools.register  # noqa: F401  the hosts' imports need what it puts in place

# isort: split
import mmdet.datasets.transforms as det_transforms
import mmpose.datasets.transforms as pose_transforms
from mmcv.transforms import Compose

from surgtools.prediction.preprocess import (
    crop,
    crop_windows,
    keypoints_to_image,
    letterbox,
    letterbox_scale,
    normalize,
    warp_matrix,
)


@pytest.fixture
def image() -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (150, 201, 3), np.uint8)
    return cv2.GaussianBlur(noise, (0, 0), 2)


@pytest.mark.parametrize("shape", [(150, 201), (201, 150), (40, 30), (400, 417)])
def test_letterbox_is_the_hosts_resize_and_pad(image, shape):
    image = cv2.resize(image, shape[::-1])
    host = Compose(
        [
            det_transforms.Resize(scale=(320, 320), keep_ratio=True),
            det_transforms.Pad(size=(320, 320), pad_val={"img": (114, 114, 114)}),
        ]
    )({"img": image.copy(), "img_shape": image.shape[:2]})
    np.testing.assert_array_equal(letterbox(image, (320, 320)), host["img"])
    np.testing.assert_allclose(
        letterbox_scale(image.shape[1::-1], (320, 320)), host["scale_factor"]
    )


@pytest.mark.parametrize("use_udp", [False, True])
@pytest.mark.parametrize("size", [(256, 256), (192, 256)])
def test_crop_is_the_hosts_topdown_affine(image, size, use_udp):
    box = np.array([[31.5, 20.25, 120.0, 141.0]], np.float32)
    host = Compose(
        [
            pose_transforms.GetBBoxCenterScale(padding=1.25),
            pose_transforms.TopdownAffine(input_size=size, use_udp=use_udp),
        ]
    )({"img": image.copy(), "bbox": box})
    window = crop_windows(box, size, 1.25)
    np.testing.assert_allclose(window[0, :2], host["input_center"], rtol=1e-6)
    np.testing.assert_allclose(window[0, 2:], host["input_scale"], rtol=1e-6)
    difference = crop(image, window[0], size, use_udp).astype(int) - host["img"]
    # OpenCV quantizes sampling positions; the last bit of the matrix can move one by 1/32 pixel
    assert np.abs(difference).max() <= 2
    assert (difference != 0).mean() < 0.01


def test_windows_keep_the_proportions_of_the_input():
    # 80 x 40 box, padding 1.25: 100 x 50, widened to a square of side 100
    windows = crop_windows(np.array([[10, 20, 90, 60]]), (256, 256), 1.25)
    assert windows.tolist() == [[50, 40, 100, 100]]
    assert crop_windows(np.zeros((0, 4)), (256, 256), 1.25).shape == (0, 4)


def test_keypoints_return_to_where_they_came_from():
    windows = crop_windows(np.array([[10, 20, 90, 60]]), (256, 256), 1.25)
    matrix = warp_matrix(windows[0], (256, 256))
    point = np.array([33.0, 44.0])
    inside = matrix[:, :2] @ point + matrix[:, 2]
    back = keypoints_to_image(inside[None, None], windows, (256, 256))
    np.testing.assert_allclose(back[0, 0], point, atol=1e-4)


def test_large_pictures_are_averaged_and_stay_in_place():
    image = np.zeros((2000, 2000, 3), np.uint8)
    cv2.circle(image, (1200, 700), 60, (255, 255, 255), -1)
    image[:, ::2] //= 2  # stripes of one pixel, which bilinear sampling alone would alias
    window = np.array([1000, 1000, 2000, 2000], np.float32)
    small = crop(image, window, (200, 200)).astype(float)[:, :, 0]
    lit = small[68:73, 118:123]
    assert lit.std() < 1
    assert lit.mean() == pytest.approx(191, abs=2)
    weights = small / small.sum()
    x, y = (weights.sum(axis=axis) @ np.arange(200) for axis in (0, 1))
    # (1200, 700) * 0.1; the pixel at 0 covers -0.5 to 0.5 in both
    assert (x, y) == (pytest.approx(120, abs=0.1), pytest.approx(70, abs=0.1))


def test_letterbox_of_a_large_picture_keeps_thin_lines():
    image = np.zeros((3000, 3000, 3), np.uint8)
    image[:, 1500:1506] = 255
    column = letterbox(image, (300, 300))[:, :, 0].astype(float)
    assert column.sum(axis=1).min() > 100  # 6 of 10 pixels of 255 are 153


def test_a_window_outside_the_picture_is_black(image):
    window = np.array([5000, 5000, 2000, 2000], np.float32)
    assert crop(image, window, (64, 64)).sum() == 0


def test_normalize_orders_channels():
    batch = np.zeros((1, 2, 2, 3), np.uint8)
    batch[..., 0] = 100  # blue
    planes = normalize(batch, (10, 20, 30), (1, 2, 5), bgr_to_rgb=True)
    assert planes.shape == (1, 3, 2, 2)
    # red (0 - 10) / 1, green (0 - 20) / 2, blue (100 - 30) / 5
    assert planes[0, :, 0, 0].tolist() == [-10, -10, 14]
