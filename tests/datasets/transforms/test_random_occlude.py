"""Covered keypoints keep their label and become hidden."""

import numpy as np

from surgtools.datasets.transforms import RandomOcclude
from surgtools.datasets.transforms.random_occlude import hide_below


def test_only_visible_keypoints_below_become_hidden():
    covered = np.zeros((20, 20), np.uint8)
    covered[5:10, 5:10] = 1
    keypoints = np.array([[[7.4, 6.6], [7, 7], [7, 7], [12, 7], [30, -4]]])
    visibility = np.array([[2.0, 1, 0, 2, 2]])
    assert hide_below(covered, keypoints, visibility).tolist() == [[1, 1, 0, 2, 2]]


def test_picture_and_labels_agree():
    np.random.seed(0)
    occlude = RandomOcclude(prob=1.0, size=(0.4, 0.5))
    keypoints = np.array([[[10.0, 10], [32, 32], [50, 40]]])
    hidden = 0
    for _ in range(50):
        image = np.full((64, 64, 3), 7, np.uint8)
        results = {
            "img": image,
            "transformed_keypoints": keypoints,
            "keypoints_visibility": np.full((1, 3), 2.0),
        }
        results = occlude(results)
        changed = (results["img"] != 7).any(axis=2)
        visibility = results["keypoints_visibility"][0]
        for (x, y), v in zip(keypoints[0].astype(int), visibility, strict=True):
            if changed[y, x]:
                assert v == 1
            hidden += v == 1
    assert hidden > 10


def test_detector_samples_need_no_keypoints():
    np.random.seed(0)
    occlude = RandomOcclude(prob=1.0)
    assert any(occlude({"img": np.zeros((32, 32, 3), np.uint8)})["img"].any() for _ in range(5))
