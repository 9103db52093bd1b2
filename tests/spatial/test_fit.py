from dataclasses import replace

import numpy as np
import pytest

from surgtools.camera import Camera
from surgtools.spatial.fit import Fitter
from surgtools.taxonomy import SURGICAL

HOLDER = SURGICAL.get(1)
ONES = np.ones(5)


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("tilt", [0.0, 0.6, -0.4])
def test_keypoints_without_noise_give_the_true_pose(model, camera, placed, tilt, behind):
    truth = placed(camera, tilt, behind=behind)
    poses = Fitter(model, HOLDER, camera)(camera.project(truth), ONES, ONES)
    best = min(poses, key=lambda pose: np.abs(pose.points - truth).max())
    np.testing.assert_allclose(best.points, truth, atol=3e-4)
    assert best.opening == pytest.approx(0.3, abs=2e-3)
    assert best.residual < 0.05
    assert best.gap == pytest.approx(np.linalg.norm(truth[4] - truth[2]), abs=1e-4)


def test_the_two_poses_lean_to_opposite_sides(model, camera, placed):
    truth = placed(camera, 0.6) + [0, 0, 0.5]
    poses = Fitter(model, HOLDER, camera)(camera.project(truth), ONES, ONES)
    assert len(poses) == 2
    slopes = [pose.points[2, 2] - pose.points[1, 2] for pose in poses]
    assert slopes[0] * slopes[1] < 0
    assert poses[0].probability >= poses[1].probability > 0
    assert sum(pose.probability for pose in poses) == pytest.approx(1)
    np.testing.assert_allclose(poses[0].points, truth, atol=2e-3)


def test_truth_lies_in_the_region_as_often_as_it_says(model, camera, placed):
    rng, fit = np.random.default_rng(0), Fitter(model, HOLDER, camera)
    inside, truth = [], placed(camera, 0.5)
    for _ in range(60):
        seen = camera.project(truth) + rng.normal(0, 2.0, (5, 2))
        best = fit(seen, ONES, ONES)[0]
        for tip in (2, 4):
            off = best.points[tip] - truth[tip]
            inside.append(off @ np.linalg.solve(best.covariances[tip], off) < 7.815)
    assert np.mean(inside) > 0.88


def test_a_hidden_keypoint_pulls_less(model, camera, placed):
    truth = placed(camera)
    seen = camera.project(truth)
    seen[1] += [10, 4]
    hidden = ONES.copy()
    hidden[1] = 0.0
    fit = Fitter(model, HOLDER, camera)

    def left_over(visible: np.ndarray) -> float:
        return float(
            np.linalg.norm(camera.project(fit(seen, ONES, visible)[0].points)[1] - seen[1])
        )

    assert left_over(hidden) > left_over(ONES) + 1


@pytest.mark.parametrize("tilt", [0.3, -0.5])
def test_an_end_beyond_the_border_does_not_pull_the_pose(model, camera, placed, tilt):
    truth = placed(camera, tilt)
    truth += [0, (camera.height - 40 - camera.project(truth)[:, 1].max()) / 2000, 0]
    right = float(camera.project(truth)[:, 0].max())
    truth += [(camera.width + 60 - right) / 2000, 0, 0]
    seen = camera.project(truth)
    cut = seen[:, 0] > camera.width - 1
    assert cut.sum() == 1
    share = (camera.width - 1 - seen[0, 0]) / (seen[cut, 0] - seen[0, 0])
    seen[cut] = seen[0] + share * (seen[cut] - seen[0])  # where its bone leaves the picture
    poses = Fitter(model, HOLDER, camera)(seen, ONES, ONES)
    best = min(poses, key=lambda pose: np.abs(pose.points - truth).max())
    np.testing.assert_allclose(best.points, truth, atol=0.008)
    assert best.residual < 2
    wide = replace(camera, width=2 * camera.width)
    believed = Fitter(model, HOLDER, wide)(seen, ONES, ONES)
    assert min(np.abs(pose.points - truth).max() for pose in believed) > 0.02
    depth = np.sqrt(best.covariances[:, 2, 2])
    whole = Fitter(model, HOLDER, camera)(camera.project(truth - [0.2, 0, 0]), ONES, ONES)[0]
    assert (depth > np.sqrt(whole.covariances[:, 2, 2])).all()


def test_the_pose_of_the_picture_before_leads_to_the_same_answer(model, camera, placed):
    truth, fit = placed(camera), Fitter(model, HOLDER, camera)
    seen = camera.project(truth)
    first = fit(seen, ONES, ONES)[0]
    again = fit(seen + 0.5, ONES, ONES, first.parameters)[0]
    fresh = fit(seen + 0.5, ONES, ONES)[0]
    np.testing.assert_allclose(again.points, fresh.points, atol=1e-4)


def test_keypoints_on_one_spot_have_no_pose(model, camera):
    assert Fitter(model, HOLDER, camera)(np.full((5, 2), 200.0), ONES, ONES) == []


def test_a_wrong_focal_length_moves_the_depth_and_hardly_the_opening(model, camera, placed):
    truth = placed(camera)
    wrong = Camera(960, 544, 1250.0, 1250.0, 479.5, 271.5, distortion=-0.05)
    best = Fitter(model, HOLDER, wrong)(camera.project(truth), ONES, ONES)[0]
    assert best.points[0, 2] - truth[0, 2] == pytest.approx(0.125, abs=0.04)
    assert abs(best.opening - 0.3) < np.radians(3)


def test_the_region_grows_where_a_keypoint_contradicts_the_model(
    model, camera, placed, monkeypatch
):
    def share_inside() -> float:
        rng, fit, inside = np.random.default_rng(0), Fitter(model, HOLDER, camera), []
        for _ in range(30):
            truth = placed(camera, rng.uniform(-0.6, 0.6), opening=rng.uniform(0.2, 0.5))
            seen = camera.project(truth) + rng.normal(0, 2.0, (5, 2))
            seen[0] += rng.choice([-60, 60], 2)  # a joint far from where the model has it
            best = fit(seen, ONES, ONES)[0]
            for tip in (2, 4):
                off = best.points[tip] - truth[tip]
                inside.append(off @ np.linalg.solve(best.covariances[tip], off) < 7.815)
        return float(np.mean(inside))

    widened = share_inside()
    monkeypatch.setattr("surgtools.spatial.fit.ODD", 1e3)
    assert widened > 0.85 and share_inside() < widened - 0.2
