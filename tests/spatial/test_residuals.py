import numpy as np
import pytest

from surgtools.spatial.residuals import Residuals


@pytest.mark.parametrize("way", [(0, 0), (0.6, 0.8), (-0.6, -0.8)])
@pytest.mark.parametrize("opening", [0.31, 0.85])
def test_derivatives_are_those_of_small_steps(model, camera, placed, opening, way):
    rays, ways = camera.undistort(camera.project(placed(camera))), np.zeros((5, 2))
    ways[1] = way
    weights = np.array([500.0, 400, 300, 200, 100])
    problem = Residuals(model, rays, weights, np.arange(5), ways)
    at = np.array([0.3, -0.2, 0.5, 0.02, 0.03, 0.52, opening])
    step = 1e-6
    numeric = [
        (problem.residuals(at + d) - problem.residuals(at - d)) / (2 * step)
        for d in step * np.eye(7)
    ]
    np.testing.assert_allclose(problem.jacobian(at), np.transpose(numeric), atol=1e-3, rtol=1e-4)


def test_nothing_is_left_over_at_the_truth(model, camera):
    at = np.array([0.3, -0.2, 0.5, 0.02, 0.03, 0.52, 0.3])
    problem = Residuals(model, np.zeros((5, 2)), np.ones(5), np.arange(5))
    points = problem.points(at)
    exact = Residuals(model, points[:, :2] / points[:, 2:], np.ones(5), np.arange(5))
    np.testing.assert_allclose(exact.residuals(at), 0, atol=1e-12)


def test_what_falls_short_of_a_keypoint_at_the_border_is_left_over_and_little_across(model):
    at = np.array([0.3, -0.2, 0.5, 0.02, 0.03, 0.52, 0.3])
    points = Residuals(model, np.zeros((5, 2)), np.ones(5), np.arange(5)).points(at)
    rays, ways = points[:, :2] / points[:, 2:], np.zeros((5, 2))
    ways[3] = [0.6, 0.8]
    for shift, left in (([-0.06, -0.08], 0), ([0.04, -0.03], 0.005), ([0.06, 0.08], 0.1)):
        rays_seen = rays.copy()
        rays_seen[3] += shift
        problem = Residuals(model, rays_seen, np.ones(5), np.arange(5), ways)
        assert problem.num_whole == 4
        over = np.linalg.norm(problem.left_over(points), axis=1)
        np.testing.assert_allclose(over, [0, 0, 0, left, 0], atol=1e-12)
