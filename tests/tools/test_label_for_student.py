"""A pair labels pictures; the labels are a dataset that a student reads with their weights."""

import numpy as np
import pytest

from surgtools import samples
from surgtools.files import read_json
from tools import label_for_student


def rows_of(folder):
    return read_json(folder / "train" / "coco_keypoints.json")["annotations"]


def test_soft_labels_weigh_and_hard_ones_leave_out(run_tool, tmp_path):
    picture = samples.pictures()[0]
    for labels in ("soft", "hard"):
        words = (picture, "--models", "fast", "--labels", labels, "--keypoint-thr", 2)
        assert run_tool(label_for_student, *words, "--out", tmp_path / labels) == 0
    soft, hard = rows_of(tmp_path / "soft"), rows_of(tmp_path / "hard")
    assert len(soft) == len(hard) > 0
    for row in soft:
        assert all(0 < weight <= 1 for weight in row["keypoint_weights"])
        assert row["num_keypoints"] == 5
    assert max(weight for row in soft for weight in row["keypoint_weights"]) == 1
    assert all(row["num_keypoints"] == 0 for row in hard)  # no score reaches 2
    assert (tmp_path / "soft/train/images/000000.jpg").is_file()


def test_most_keypoints_of_a_sure_pair_are_hard_labels(run_tool, tmp_path):
    """Whatever the height of its scores, which is seldom near 1."""
    words = (samples.pictures()[0], "--models", "fast", "--labels", "hard")
    assert run_tool(label_for_student, *words, "--out", tmp_path / "hard") == 0
    kept = [row["num_keypoints"] for row in rows_of(tmp_path / "hard")]
    assert sum(kept) > 2.5 * len(kept)


def test_weights_reach_the_network_in_the_slots_of_the_category(tmp_path):
    from surgtools.datasets.instrument_det_dataset import parse_instance
    from surgtools.datasets.transforms.random_warp import RandomWarp
    from surgtools.metainfo import slots_of

    keypoints = [value for x in (10, 20, 30, 40, 50) for value in (x, 20 + x / 10, 2)]
    weights = [0.1, 0.2, 0.3, 0.4, 0.5]
    row = {"category_id": 2, "bbox": [5, 15, 50, 20], "keypoints": keypoints}
    instance = parse_instance(row | {"keypoint_weights": weights})
    picture = {"img": np.zeros((60, 60, 3), np.uint8), "instances": [instance]}
    warped = RandomWarp((60, 60), prob=0, flip_prob=0).transform(picture)
    assert warped["gt_keypoint_weights"][0, slots_of(2)].tolist() == pytest.approx(weights)
    assert warped["gt_keypoint_weights"][0, slots_of(1)].tolist() == [0] * 5
    mirrored = RandomWarp((60, 60), prob=0, flip_prob=1).transform(picture)
    found = mirrored["gt_keypoint_weights"][0, slots_of(2)].tolist()
    assert found == pytest.approx([0.1, 0.4, 0.5, 0.2, 0.3])  # arms and tips change sides


def test_nothing_to_label_is_one_line(run_tool, tmp_path, capsys):
    words = (tmp_path / "missing.jpg", "--models", "fast", "--out", tmp_path / "out")
    assert run_tool(label_for_student, *words) == 2
    assert "missing.jpg" in capsys.readouterr().err
