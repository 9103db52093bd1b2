"""A box is answered in the slots of its category."""

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from surgtools.metainfo import NUM_SLOTS, slots_of
from surgtools.models.own_slots import keep_own_slots
from surgtools.taxonomy import SURGICAL


def test_foreign_slots_are_zero_and_own_ones_stay():
    predictions = [
        InstanceData(
            keypoints=np.full((1, NUM_SLOTS, 2), 7.0),
            keypoint_scores=np.full((1, NUM_SLOTS), 0.5),
        )
        for _ in range(2)
    ]
    samples = [PoseDataSample(metainfo={"category_id": c}) for c in (1, 2)]
    for category_id, kept in zip(
        (1, 2), keep_own_slots(predictions, samples, SURGICAL), strict=True
    ):
        own = np.zeros(NUM_SLOTS, bool)
        own[slots_of(category_id)] = True
        assert (kept.keypoints[0, own] == 7).all()
        assert (kept.keypoints[0, ~own] == 0).all()
        assert (kept.keypoint_scores[0] == np.where(own, 0.5, 0)).all()


def test_nothing_in_nothing_out():
    assert keep_own_slots([], [], SURGICAL) == []
