import numpy as np

from surgtools.spatial.point_regions import FIT_ALLOWS, point_covariances
from surgtools.spatial.triangulation import triangulate

POINTS = np.random.default_rng(0).uniform([-80, -50, 430], [80, 50, 570], (150, 3))
INSIDE_95 = 7.815  # chi square of three dimensions


def seen(rig, noise: float) -> np.ndarray:
    exact = np.array([camera.project(POINTS) for camera in rig])
    return exact + np.random.default_rng(1).normal(0, noise, exact.shape)


def regions(rig, pixels, noise: float) -> tuple[np.ndarray, np.ndarray]:
    points = triangulate(rig, pixels)
    expected = np.full(pixels.shape[:2], FIT_ALLOWS * noise)
    return points, point_covariances(rig, pixels, points, expected)


def widest(covariances: np.ndarray) -> np.ndarray:
    return np.sqrt(np.linalg.eigvalsh(covariances)[:, -1])


def test_truth_lies_in_the_region_as_often_as_it_says(rig):
    for own in (rig[:2], rig):
        points, covariances = regions(own, seen(own, 1.5), 1.5)
        off = points - POINTS
        inside = np.einsum("ni,nij,nj->n", off, np.linalg.inv(covariances), off) < INSIDE_95
        assert 0.9 <= inside.mean() <= 0.99


def test_cameras_that_stand_close_together_know_less(rig):
    near = widest(regions(rig[:2], seen(rig[:2], 1.0), 1.0)[1])
    apart = [rig[0], rig[2]]
    far = widest(regions(apart, seen(apart, 1.0), 1.0)[1])
    assert np.median(far) < 0.7 * np.median(near)


def test_views_that_miss_each_other_are_less_sure(rig):
    pixels = seen(rig, 0.0)
    agreed = widest(regions(rig, pixels, 1.0)[1])
    pixels[1, :, 1] += 40
    assert (widest(regions(rig, pixels, 1.0)[1]) > 5 * agreed).all()


def test_an_unsure_keypoint_is_as_good_as_left_out(rig):
    pixels = seen(rig, 0.0)
    noise = np.ones(pixels.shape[:2])
    noise[2] = 100
    with_it = point_covariances(rig, pixels, POINTS, noise)
    without = point_covariances(rig[:2], pixels[:2], POINTS, noise[:2])
    # Two more coordinates that agree: (6 + 3) / (6 + 1) of the trust in what was expected.
    np.testing.assert_allclose(widest(with_it), (7 / 9) ** 0.5 * widest(without), rtol=0.01)


def test_a_point_without_a_place_has_no_region(rig):
    pixels = seen(rig, 0.0)
    pixels[1:, 3] = np.nan
    _, covariances = regions(rig, pixels, 1.0)
    assert np.isnan(covariances[3]).all() and np.isfinite(np.delete(covariances, 3, axis=0)).all()
