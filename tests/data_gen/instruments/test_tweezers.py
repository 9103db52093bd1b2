import numpy as np
import pytest

from data_gen.instruments.tweezers import sample_tweezers

SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_opening_is_the_angle_between_the_tips_seen_from_the_end(seed):
    model = sample_tweezers(np.random.default_rng(seed))
    for opening in (0.05, 0.15, 0.3):
        handle_end, _, left_tip, _, right_tip = model.articulate(opening).keypoints
        assert handle_end == pytest.approx(np.zeros(3))
        spread = np.arctan2(right_tip[0], right_tip[1]) - np.arctan2(left_tip[0], left_tip[1])
        # the angle is between inner faces, keypoints lie half a strip further out on each side
        thickness = model.shape.tip_thickness / model.shape.length
        assert spread == pytest.approx(opening + thickness, abs=2e-3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_arm_keypoint_halves_the_center_line(seed):
    model = sample_tweezers(np.random.default_rng(seed))
    keypoints = model.articulate(0.02).keypoints
    # nearly straight arms: half the arc is half the way
    assert keypoints[3, 1] == pytest.approx(model.shape.length / 2, rel=0.01)


@pytest.mark.parametrize("seed", SEEDS)
def test_arms_bend_without_stretching(seed):
    model = sample_tweezers(np.random.default_rng(seed))
    lengths = []
    for opening in (0.02, 0.3):
        vertices = model.articulate(opening).parts[0].vertices.reshape(-1, 24, 3)[:100]
        middle = vertices.mean(axis=1)
        lengths.append(np.linalg.norm(np.diff(middle, axis=0), axis=1).sum())
    assert lengths[0] == pytest.approx(lengths[1], rel=0.01)


def test_arms_stay_joined_at_the_handle_end():
    model = sample_tweezers(np.random.default_rng(2))
    for opening in model.opening_range:
        parts = {part.name: part.vertices for part in model.articulate(opening).parts}
        left, right = (parts[f"{side}_arm"] for side in ("left", "right"))
        gap = right[right[:, 1] < 0.002][:, 0].min() - left[left[:, 1] < 0.002][:, 0].max()
        assert abs(gap) < 2e-4


def test_flat_rest_pose_puts_the_arms_on_top_of_each_other():
    model = sample_tweezers(np.random.default_rng(2))
    rests = model.rest_rotations(0.2)
    keypoints = model.articulate(0.2).keypoints
    for rest in rests[2:]:
        left_tip, right_tip = (rest @ keypoints[i] for i in (2, 4))
        assert abs(left_tip[2] - right_tip[2]) > 0.9 * np.linalg.norm(left_tip - right_tip)
