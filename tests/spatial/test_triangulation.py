import numpy as np
import pytest

from surgtools.spatial.triangulation import (
    reprojection_errors,
    triangulate,
    triangulate_linear,
)

POINTS = np.random.default_rng(0).uniform([-80, -50, 430], [80, 50, 570], (20, 3))


def seen(rig, noise: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    exact = np.array([camera.project(POINTS) for camera in rig])
    return exact + rng.normal(0, 1, exact.shape) * noise


def test_pixels_without_noise_give_the_points_back(rig):
    np.testing.assert_allclose(triangulate(rig, seen(rig)), POINTS, atol=1e-3)
    np.testing.assert_allclose(triangulate_linear(rig[:2], seen(rig)[:2]), POINTS, atol=1e-3)


def test_a_wrong_view_of_three_hardly_moves_the_point(rig):
    pixels = seen(rig, 0.3)
    pixels[2, :, 1] += 60
    robust = np.linalg.norm(triangulate(rig, pixels) - POINTS, axis=1)
    linear = np.linalg.norm(triangulate_linear(rig, pixels) - POINTS, axis=1)
    assert np.median(robust) < 2 < np.median(linear)


def test_points_of_one_view_have_no_place(rig):
    pixels = seen(rig)
    pixels[1:, 3] = np.nan
    points = triangulate(rig, pixels)
    assert np.isnan(points[3]).all() and np.isfinite(np.delete(points, 3, axis=0)).all()
    assert triangulate(rig, np.zeros((3, 0, 2))).shape == (0, 3)


def test_reprojection_error_is_in_pixels(rig):
    pixels = seen(rig)
    pixels[0] += [3, 4]
    errors = reprojection_errors(rig, pixels, POINTS)
    np.testing.assert_allclose(errors[0], 5, atol=1e-6)
    np.testing.assert_allclose(errors[1:], 0, atol=1e-6)


def test_linear_triangulation_is_that_of_aniposelib(rig, tmp_path):
    cameras = pytest.importorskip("aniposelib.cameras")
    from surgtools.spatial.rig import write_rig

    write_rig(tmp_path / "rig.toml", rig)
    group = cameras.CameraGroup.load(str(tmp_path / "rig.toml"))
    pixels = seen(rig, 1.5)
    theirs = group.triangulate(pixels)
    np.testing.assert_allclose(triangulate_linear(rig, pixels), theirs, atol=1e-6)
