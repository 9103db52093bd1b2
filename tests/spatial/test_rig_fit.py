from dataclasses import replace

import numpy as np
import pytest

from surgtools.spatial.rig_fit import FAR, FITS, fit_in_rig
from surgtools.spatial.triangulation import triangulate
from surgtools.taxonomy import SURGICAL

HOLDER = SURGICAL.get(1)


def seen(rig, points) -> np.ndarray:
    return np.array([camera.project(points) for camera in rig])


@pytest.fixture
def fitted(rig, model):
    """Fits what two cameras see; pixels may be changed before."""

    def fit(pixels, model=model, noise=2.0):
        cameras = rig[: len(pixels)]
        points = triangulate(cameras, pixels)
        return fit_in_rig(model, HOLDER, cameras, pixels, np.full(pixels.shape[:2], noise), points)

    return fit


@pytest.mark.parametrize(("tilt", "behind"), [(0.6, False), (-0.3, True)])
def test_true_keypoints_give_the_pose_back(rig, camera, placed, fitted, tilt, behind):
    truth = 1000 * placed(camera, tilt, opening=0.3, behind=behind)
    pose = fitted(seen(rig[:2], truth))
    assert np.abs(pose.points - truth).max() < 0.05
    assert pose.opening == pytest.approx(0.3, abs=1e-3) and pose.misfit < 0.05


def test_a_keypoint_that_both_views_miss_is_held_by_the_others(rig, camera, placed, fitted):
    truth = 1000 * placed(camera)
    pixels = seen(rig, truth)
    pixels[:, 2] += [[25, 10], [-20, 30], [15, -30]]
    assert np.linalg.norm(triangulate(rig, pixels)[2] - truth[2]) > 5
    pose = fitted(pixels)
    assert np.linalg.norm(pose.points[2] - truth[2]) < 2
    assert np.abs(np.delete(pose.points - truth, 2, axis=0)).max() < 2


def test_regions_hold_the_truth_and_grow_with_the_noise(rig, camera, placed, fitted):
    rng, truth, inside = np.random.default_rng(0), 1000 * placed(camera), []
    for _ in range(40):
        pose = fitted(seen(rig[:2], truth) + rng.normal(0, 2, (2, 5, 2)))
        off = pose.points - truth
        solved = np.linalg.solve(pose.covariances, off[:, :, None])[:, :, 0]
        inside.append((off * solved).sum(axis=1) < 7.815)
    assert 0.9 <= np.mean(inside) <= 1.0
    wide = fitted(seen(rig[:2], truth), noise=8.0)
    assert np.trace(wide.covariances[2]) > 4 * np.trace(pose.covariances[2])


def test_another_instrument_does_not_fit(rig, camera, placed, fitted, model):
    pixels = seen(rig[:2], 1000 * placed(camera))
    longer = replace(model, points=model.points * [1.0, 1.25, 1.0])
    assert fitted(pixels).misfit < FITS < fitted(pixels, longer).misfit


def test_unsure_keypoints_that_lie_elsewhere_are_no_proof(rig, camera, placed, fitted):
    pixels = seen(rig[:2], 1000 * placed(camera))
    assert fitted(pixels, noise=80.0).fits and fitted(pixels).off < 1e-3
    size = np.hypot(*np.ptp(pixels[0], axis=0))
    rng = np.random.default_rng(0)
    pixels[:, [0, 1, 3]] += rng.choice([-0.4, 0.4], (2, 3, 2)) * size
    pose = fitted(pixels, noise=size)
    assert pose.misfit < FITS and pose.off > FAR and not pose.fits


def test_without_three_points_there_is_no_pose(rig, camera, placed, model):
    pixels = seen(rig[:2], 1000 * placed(camera))
    points = np.full((5, 3), np.nan)
    assert fit_in_rig(model, HOLDER, rig[:2], pixels, np.ones((2, 5)), points) is None
