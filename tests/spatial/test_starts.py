import numpy as np

from surgtools.spatial.instrument_model import SpatialModel
from surgtools.spatial.residuals import moved
from surgtools.spatial.starts import mirrored, side_orders, start_poses
from surgtools.taxonomy import SURGICAL


def test_some_start_is_near_the_truth(model, camera, placed):
    truth = placed(camera)
    rays = camera.undistort(camera.project(truth))
    errors = [
        np.abs(moved(model.at(parameters[6])[0], parameters)[order] - truth).max()
        for parameters, order in start_poses(model, side_orders(model, SURGICAL.get(1)), rays)
    ]
    assert min(errors) < 0.03


def test_mirroring_twice_is_nothing(model):
    parameters = np.array([0.4, -0.2, 0.3, 0.02, 0.01, 0.5, 0.3])
    points = model.at(0.3)[0]
    there = mirrored(parameters, points)
    back = mirrored(there, points)
    np.testing.assert_allclose(moved(points, back), moved(points, parameters), atol=1e-9)
    assert np.abs(moved(points, there) - moved(points, parameters)).max() > 0.01


def test_halves_that_differ_are_tried_from_both_sides(model):
    assert len(side_orders(model, SURGICAL.get(1))) == 1
    points = model.points.copy()
    points[:, 1, 1] -= 0.02
    uneven = SpatialModel(model.category, model.keypoints, model.openings, points)
    same, swapped = side_orders(uneven, SURGICAL.get(1))
    assert swapped.tolist() == [0, 3, 4, 1, 2]
