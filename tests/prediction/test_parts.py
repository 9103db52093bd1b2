import numpy as np
import pytest

from surgtools.prediction.parts import is_part, whole_results, without_parts
from surgtools.prediction.results import Instance

# A needle holder that stands upright, 300 px long: joint, handles, tips.
HOLDER = np.array([[100, 120], [60, 300], [95, 0], [140, 300], [105, 0]], float)
RINGS = np.array([[20, 20], [61, 298], [300, 20], [139, 302], [300, 90]], float)
SURE_OF_RINGS = np.array([0.03, 0.2, 0.03, 0.2, 0.03])


def instance(keypoints=HOLDER, scores=(0.3,) * 5, bbox_score=0.9, category_id=1):
    box = np.concatenate([keypoints.min(axis=0), keypoints.max(axis=0)])
    keypoints, scores = np.asarray(keypoints, float), np.asarray(scores, float)
    return Instance(category_id, box, bbox_score, keypoints, scores, np.ones(len(keypoints)))


def test_a_box_around_the_rings_is_a_part_of_the_whole_in_any_order():
    whole, rings = instance(), instance(RINGS, SURE_OF_RINGS, 0.5)
    assert without_parts([rings, whole]) == [whole]
    assert without_parts([whole, rings]) == [whole]


def test_of_two_answers_for_one_instrument_the_surer_stays():
    short = HOLDER.copy()
    short[[1, 3]] = [73, 240], [127, 240]  # amid the shanks
    weaker, stronger = instance(short, bbox_score=0.6), instance(bbox_score=0.7)
    assert without_parts([weaker, stronger]) == [stronger]


def test_instruments_that_cross_stay():
    crossing = (HOLDER - [100, 120]) @ np.array([[0, 1], [-1, 0]]) + [100, 120]
    both = [instance(), instance(crossing, bbox_score=0.8)]
    assert without_parts(both) == both


def test_another_category_at_the_same_place_is_no_part():
    assert not is_part(instance(category_id=2), instance())


def test_one_keypoint_alone_proves_nothing():
    shown_once = instance(HOLDER + [200, 0], (0.3, 0.01, 0.01, 0.01, 0.01))
    shown_once.keypoints[0] = HOLDER[0]
    assert not is_part(shown_once, instance())


@pytest.mark.parametrize("offset, part", [(9, True), (12, False)])
def test_how_far_from_the_bones_a_keypoint_may_lie(offset, part):
    # the box's diagonal is sqrt(80^2 + 300^2) = 310.5 px, 3 % of it 9.3 px
    beside = instance(np.array([[100, -offset]] * 5))
    holder = instance(np.array([[100, 120], [60, 300], [100, 0], [140, 300], [100, 0]]))
    assert is_part(beside, holder) is part


def test_boxes_without_keypoints_stay():
    bare = instance().changed(keypoints=np.zeros((0, 2)), keypoint_scores=np.zeros(0))
    assert without_parts([bare, bare.changed(bbox_score=0.1)])[1].bbox_score == 0.1
    assert without_parts([]) == []


def test_results_are_scored_as_predict_gives_them():
    whole, rings = instance().to_coco(1), instance(RINGS, SURE_OF_RINGS, 0.5).to_coco(1)
    elsewhere = instance(RINGS, SURE_OF_RINGS, 0.5).to_coco(2)
    assert whole_results([rings, whole, elsewhere]) == [whole, elsewhere]
    other_category = instance(bbox_score=0.8, category_id=2).to_coco(1)
    assert whole_results([whole, other_category]) == [whole, other_category]
    assert whole_results([whole, other_category], place_thr=0.85) == [whole]


def test_an_instance_survives_the_way_through_coco_results():
    back = Instance.from_coco(instance(RINGS, SURE_OF_RINGS, 0.5).to_coco(7))
    assert back.to_coco(7) == instance(RINGS, SURE_OF_RINGS, 0.5).to_coco(7)
