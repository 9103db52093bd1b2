"""Recordings made of single pictures: many frames of few shots, with labels that stay exact."""

from pathlib import Path

import numpy as np
import pytest

from surgtools.annotations.coco import load_coco

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def shots(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import drifting_shots

    return drifting_shots


def test_labels_move_with_the_window(shots):
    """A window of 90 x 90 at (5, 8) of a picture of 100 x 100 pixels."""
    keypoints = np.array([[50.0, 60, 2], [4, 60, 2], [20, 20, 1], [94, 60, 2], [95, 97, 2]])
    picture = np.full((100, 100, 3), 100, np.uint8)
    instances = [
        (1, keypoints, np.array([0.0, 15, 100, 85])),
        (2, keypoints, np.array([0, 0, 9, 9])),
    ]
    seen, ((category_id, moved, box),) = shots.see_moment(
        picture, instances, np.array([5, 8]), np.random.default_rng(0)
    )
    assert seen.shape == (90, 90, 3) and category_id == 1, "of the other one 4 pixels are left"
    assert moved.tolist() == [[45, 52, 2], [0, 0, 0], [15, 12, 1], [89, 52, 2], [0, 0, 0]]
    assert box.tolist() == [0, 7, 90, 83]


def test_a_pool_has_as_many_frames_as_asked_for_of_fewer_shots(shots, draw_dataset, tmp_path):
    pictures = draw_dataset(train=8, size=64) / "train"
    renders = [("unknown", pictures, 9), ("easy", pictures, 4)]
    out = shots.write_shots(tmp_path / "pool", renders, np.random.default_rng(1))
    names = [image["file_name"] for image in load_coco(out / "coco_keypoints.json")["images"]]
    assert sum(name.startswith("unknown") for name in names) == 9 and len(names) == 13
    assert len(set(map(shots.shot_of, names))) < 13
    before = (out / "coco_keypoints.json").stat().st_mtime_ns
    shots.write_shots(out, renders, np.random.default_rng(2))
    assert (out / "coco_keypoints.json").stat().st_mtime_ns == before, "it is there already"
