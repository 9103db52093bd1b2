import json

import numpy as np
import pytest

from data_gen.camera import RenderCamera as GeneratorCamera
from surgtools.camera import Camera, read_camera, write_camera
from surgtools.errors import InputError

POINTS = np.array([[0.05, -0.02, 0.4], [-0.1, 0.04, 0.5], [0.0, 0.0, 1.0]])
GOOD = {"width": 64, "height": 48, "fx": 50, "fy": 50, "cx": 31.5, "cy": 23.5}


@pytest.mark.parametrize("distortion", [0.0, -0.08, 0.05, (0.1, -0.05, 0.001, 0.002, 0.01)])
def test_undistort_is_the_inverse_of_project(distortion):
    camera = Camera(960, 544, 1000.0, 1010.0, 479.5, 271.5, distortion)
    rays = camera.undistort(camera.project(POINTS))
    np.testing.assert_allclose(rays, POINTS[:, :2] / POINTS[:, 2:], atol=1e-5)
    assert camera.undistort(np.zeros((0, 2))).shape == (0, 2)
    assert camera.project(np.zeros((0, 3))).shape == (0, 2)


@pytest.mark.parametrize(
    ("focal", "distortion"),
    [(500.0, (-0.35, 0.12, 0.001, 0.001)), (800.0, (-0.45, 0.25, 0.0, 0.0, -0.08))],
)
def test_rays_meet_their_pixels_in_the_corners_of_an_endoscope(focal, distortion):
    camera = Camera(960, 544, focal, focal, 480.0, 272.0, distortion)
    x, y = np.meshgrid(np.linspace(0, 959, 9), np.linspace(0, 543, 7))
    pixels = np.column_stack([x.ravel(), y.ravel()])
    rays = np.column_stack([camera.undistort(pixels), np.ones(len(pixels))])
    np.testing.assert_allclose(camera.project(rays), pixels, atol=1e-4)


@pytest.mark.parametrize(
    "distortion", [(0.9, 0, 0, 0), (3.0, 0, 0, 0), (1.0, 2.0, 0.001, -0.002, 3.0)]
)
def test_rays_meet_their_pixels_in_the_corners_of_a_strong_pincushion(distortion):
    camera = Camera(640, 480, 200.0, 200.0, 319.5, 239.5, tuple(map(float, distortion)))
    x, y = np.meshgrid(np.linspace(0, 639, 9), np.linspace(0, 479, 7))
    pixels = np.column_stack([x.ravel(), y.ravel()])
    rays = np.column_stack([camera.undistort(pixels), np.ones(len(pixels))])
    np.testing.assert_allclose(camera.project(rays), pixels, atol=1e-4)


@pytest.mark.parametrize("distortion", [0.0, -0.08, 0.05])
def test_it_sees_what_the_generator_renders(distortion):
    values = (960, 544, 1000.0, 1000.0, 479.5, 271.5, distortion)
    np.testing.assert_allclose(
        Camera(*values).project(POINTS), GeneratorCamera(*values).project(POINTS), atol=1e-9
    )


def test_a_point_on_the_axis_is_at_the_principal_point():
    camera = Camera(64, 48, 50.0, 50.0, 31.5, 23.5)
    np.testing.assert_allclose(camera.project(np.array([[0.1, 0.0, 1.0]])), [[36.5, 23.5]])


def test_round_trip(tmp_path):
    camera = Camera(64, 48, 50.0, 51.0, 31.5, 23.5, (0.1, 0.0, 0.0, 0.0, 0.0))
    write_camera(tmp_path / "camera.json", camera)
    assert read_camera(tmp_path / "camera.json") == camera


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fx": 0}, r"`fx` is 0; a number above 0 is expected"),
        ({"fx": -1000}, r"`fx` is -1000; a number above 0"),
        ({"fx": "1000"}, r"`fx` is '1000'; a number above 0"),
        ({"fx": float("nan")}, r"`fx` is nan; a number above 0"),
        ({"cx": "31"}, r"`cx` is '31'; a number from -100 to 163 is expected: in the picture, or"),
        ({"cx": 164}, r"`cx` is 164; a number from -100 to 163"),
        ({"cy": -101}, r"`cy` is -101; a number from -100 to 147"),
        ({"width": 640.5}, r"`width` is 640.5; whole pixels"),
        ({"distortion": 0.9}, r"`distortion` is 0.9; a number from -0.3 to 0.3"),
        ({"distortion": [1, 2]}, r"`distortion` is \[1, 2\]"),
        ({"distortion": -0.3, "cx": 20}, r"`distortion` -0.3 folds the picture in a corner"),
        ({"lens": 1}, r"key `lens` is unknown; remove it"),
    ],
)
def test_a_wrong_value_is_one_clear_line(change, message, tmp_path):
    (tmp_path / "camera.json").write_text(json.dumps({**GOOD, **change}))
    with pytest.raises(InputError, match=rf"camera\.json: {message}"):
        read_camera(tmp_path / "camera.json")


@pytest.mark.parametrize("point", [{"cx": 0}, {"cy": 0}, {"cx": -100}, {"cx": 163, "cy": 147}])
def test_the_axis_of_a_picture_that_was_cut_out_may_lie_beside_it(point, tmp_path):
    (tmp_path / "camera.json").write_text(json.dumps({**GOOD, **point}))
    camera = read_camera(tmp_path / "camera.json")
    seen = camera.project(np.array([[0.0, 0.0, 1.0]]))
    np.testing.assert_allclose(seen, [[camera.cx, camera.cy]])
    np.testing.assert_allclose(camera.undistort(seen), [[0, 0]])


def test_a_missing_value_is_named(tmp_path):
    (tmp_path / "camera.json").write_text(json.dumps({k: GOOD[k] for k in ("width", "height")}))
    with pytest.raises(InputError, match="`fx` is missing"):
        read_camera(tmp_path / "camera.json")
    (tmp_path / "camera.json").write_text("[]")
    with pytest.raises(InputError, match="is no camera file"):
        read_camera(tmp_path / "camera.json")


def test_another_resolution_is_refused():
    camera = Camera(64, 48, 50.0, 50.0, 31.5, 23.5)
    camera.require_size(64, 48, "a.jpg")
    with pytest.raises(InputError, match="a.jpg: is 128x96, the camera file is for 64x48"):
        camera.require_size(128, 96, "a.jpg")
