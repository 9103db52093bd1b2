import numpy as np
import pytest

from surgtools.spatial.residuals import Residuals


@pytest.mark.parametrize("opening", [0.31, 0.85])
def test_derivatives_are_those_of_small_steps(model, camera, placed, opening):
    rays = camera.undistort(camera.project(placed(camera)))
    problem = Residuals(model, rays, np.array([500.0, 400, 300, 200, 100]), np.arange(5))
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
