"""The camera: pixel centers on integers, and a lens whose bend the labels follow."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_gen.camera import RenderCamera, centered_camera, load_camera
from surgtools.camera import to_camera
from surgtools.errors import InputError

FORMATS = (Path(__file__).resolve().parents[2] / "docs/reference/file_formats.md").read_text()


def test_the_optical_axis_meets_the_middle_between_the_two_central_pixels():
    camera = centered_camera(400, 300, 500.0)
    assert camera.project([[0, 0, 2.0]]).tolist() == [[199.5, 149.5]]
    # 0.2 m to the right and 0.1 m down at 1 m: 500 px/m * (0.2, 0.1) = (100, 50) px
    assert camera.project([[0.2, 0.1, 1.0]])[0] == pytest.approx([299.5, 199.5])


@pytest.mark.parametrize("distortion", [-0.1, 0.1])
@pytest.mark.parametrize("shutter", [(0.0, 0.0), (6.0, -3.0)])
def test_a_dot_in_the_undistorted_picture_appears_where_its_point_is_projected(
    distortion, shutter
):
    camera = RenderCamera(320, 240, 300, 300, 159.5, 119.5, distortion, shutter)
    pinhole = centered_camera(320, 240, 300.0)
    points = np.random.default_rng(0).uniform([-0.4, -0.3, 1], [0.4, 0.3, 1], size=(60, 3))
    places = camera.undistort_map().astype(np.float32)
    for point in points:
        picture = np.zeros((240, 320), np.float32)
        x, y = pinhole.project(point)[0]
        grid_x, grid_y = np.meshgrid(np.arange(320), np.arange(240))
        picture = np.exp(-((grid_x - x) ** 2 + (grid_y - y) ** 2) / 8).astype(np.float32)
        bent = cv2.remap(picture, places, None, cv2.INTER_LINEAR)
        u, v = camera.project(point)[0]
        if not (8 < u < 311 and 8 < v < 231):
            continue
        found = np.array([(bent * grid_x).sum(), (bent * grid_y).sum()]) / bent.sum()
        assert np.hypot(*(found - (u, v))) < 0.15


def test_what_pictures_say_of_their_camera_gives_their_keypoints_back():
    camera = RenderCamera(320, 240, 300, 310, 150.0, 110.0, 0.08, (6.0, -3.0))
    points = np.random.default_rng(0).uniform([-0.4, -0.3, 1], [0.4, 0.3, 1], size=(60, 3))
    told = camera.to_dict()
    assert [key for key in told if f"`{key}`" not in FORMATS] == []
    shutter = np.array(told.pop("shutter"))
    labels = camera.project(points)
    moved = (labels[:, 1:] - told["cy"]) / 240 * shutter  # as the page of formats says
    still = to_camera({"width": 320, "height": 240, **told}, "image 1").project(points)
    assert np.abs(labels - moved - still).max() < 0.01


def test_no_corner_looks_outside_the_undistorted_picture():
    for distortion in (-0.1, 0.1):
        places = RenderCamera(320, 240, 300, 300, 159.5, 119.5, distortion).undistort_map()
        assert places.min() > -0.51
        assert (places < (319.51, 239.51)).all()


def test_resizing_keeps_the_view():
    camera = centered_camera(400, 300, 500.0)
    half = camera.resized(200, 150)
    u, v = camera.project([[0.1, 0.05, 1.0]])[0]
    # pixel centers: (u + 0.5) / 2 - 0.5
    assert half.project([[0.1, 0.05, 1.0]])[0] == pytest.approx([u / 2 - 0.25, v / 2 - 0.25])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"width": 10}, "`height` is missing; width, height, fx"),
        ({"fx": -1}, "`fx` is -1"),
        ({"k1": 0.1}, "key `k1` is unknown"),
        ({"distortion": 2}, "`distortion` is 2"),
        ({"distortion": [0.1, 0, 0, 0]}, "the generator takes one number"),
    ],
)
def test_a_camera_file_with_a_mistake_is_refused_by_key(tmp_path, content, message):
    good = {"width": 640, "height": 480, "fx": 600, "fy": 600, "cx": 320, "cy": 240}
    path = tmp_path / "camera.json"
    path.write_text(
        json.dumps(content if len(content) == 1 and "width" in content else {**good, **content})
    )
    with pytest.raises(InputError, match=message) as error:
        load_camera(path)
    assert "camera.json" in str(error.value)


def test_a_camera_file_is_read(tmp_path):
    path = tmp_path / "camera.json"
    path.write_text('{"width": 640, "height": 480, "fx": 600, "fy": 610, "cx": 320, "cy": 240}')
    assert load_camera(path) == RenderCamera(640, 480, 600, 610, 320, 240)
