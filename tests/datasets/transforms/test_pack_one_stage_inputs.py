"""Keypoints travel beside the boxes."""

import numpy as np
from mmdet.structures.bbox import HorizontalBoxes

from surgtools.datasets.transforms import PackOneStageInputs
from surgtools.metainfo import NUM_SLOTS


def packed(count, ignored):
    keypoints = np.arange(count * NUM_SLOTS * 3, dtype=np.float32)
    results = {
        "img": np.zeros((8, 8, 3), np.uint8),
        "gt_bboxes": HorizontalBoxes(np.zeros((count, 4), np.float32)),
        "gt_bboxes_labels": np.zeros(count, np.int64),
        "gt_ignore_flags": np.array(ignored, bool),
        "gt_keypoints": keypoints.reshape(count, NUM_SLOTS, 3),
    }
    return PackOneStageInputs(meta_keys=())(results)["data_samples"]


def test_ignored_instances_are_set_aside():
    sample = packed(2, [True, False])
    assert sample.gt_instances.keypoints.shape == (1, NUM_SLOTS, 3)
    assert sample.gt_instances.keypoints[0, 0].tolist() == [30, 31, 32]
    assert len(sample.ignored_instances) == 1


def test_no_instance():
    assert packed(0, []).gt_instances.keypoints.shape == (0, NUM_SLOTS, 3)
