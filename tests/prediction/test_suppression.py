import numpy as np
import pytest

from surgtools.prediction.results import Instance
from surgtools.prediction.suppression import (
    drop_contradictions,
    drop_parts,
    ends_meet,
    is_part,
    is_second_answer,
    is_within,
    suppress_instances,
)
from surgtools.taxonomy import SURGICAL, Category, Taxonomy

# A needle holder that stands upright, 300 px long: joint, handles, tips.
HOLDER = np.array([[100, 120], [60, 300], [95, 0], [140, 300], [105, 0]], float)
RINGS = np.array([[20, 20], [61, 298], [300, 20], [139, 302], [300, 90]], float)
RING_SCORES = np.array([0.03, 0.2, 0.03, 0.2, 0.03])


def instance(keypoints=HOLDER, scores=(0.3,) * 5, bbox_score=0.9, category_id=1):
    box = np.concatenate([keypoints.min(axis=0), keypoints.max(axis=0)])
    keypoints, scores = np.asarray(keypoints, float), np.asarray(scores, float)
    return Instance(category_id, box, bbox_score, keypoints, scores, np.ones(len(keypoints)))


@pytest.mark.parametrize(("handles", "meet"), [(14, True), (16, False)])
def test_both_ends_at_one_place_contradict_the_box(handles, meet):
    # The tips lie at y = 0, the handles 14 or 16 px below; 5 % of the diagonal are 15.5 px.
    folded = HOLDER.copy()
    folded[[1, 3], 1] = handles
    answer = instance(folded).changed(bbox=np.array([60.0, 0, 140, 300]))
    assert ends_meet(answer) is meet
    whole = instance()
    assert drop_contradictions([answer, whole]) == ([whole] if meet else [answer, whole])


def test_what_has_no_axis_or_keypoints_contradicts_nothing():
    plain = Taxonomy("rings", (Category(1, "ring", ("hole",)),))
    box, no = np.array([0.0, 0, 90, 90]), np.zeros((0, 2))
    assert not ends_meet(
        Instance(1, box, 0.9, np.zeros((1, 2)), np.ones(1), np.ones(1), taxonomy=plain)
    )
    assert not ends_meet(Instance(1, box, 0.9, no, np.zeros(0), np.zeros(0)))
    assert drop_contradictions([]) == []


def test_a_box_around_the_rings_is_a_part_of_the_whole_in_any_order():
    whole, rings = instance(), instance(RINGS, RING_SCORES, 0.5)
    assert drop_parts([rings, whole]) == [whole]
    assert drop_parts([whole, rings]) == [whole]


def test_of_two_answers_for_one_instrument_the_surer_stays():
    short = HOLDER.copy()
    short[[1, 3]] = [73, 240], [127, 240]  # amid the shanks
    weaker, stronger = instance(short, bbox_score=0.6), instance(bbox_score=0.7)
    assert drop_parts([weaker, stronger]) == [stronger]


def test_instruments_that_cross_stay():
    crossing = (HOLDER - [100, 120]) @ np.array([[0, 1], [-1, 0]]) + [100, 120]
    both = [instance(), instance(crossing, bbox_score=0.8)]
    assert drop_parts(both) == both


def test_another_category_at_the_same_place_is_no_part():
    assert not is_part(instance(category_id=2), instance())


def test_one_keypoint_alone_proves_nothing():
    shown_once = instance(HOLDER + [200, 0], (0.3, 0.01, 0.01, 0.01, 0.01))
    shown_once.keypoints[0] = HOLDER[0]
    assert not is_part(shown_once, instance())


@pytest.mark.parametrize("offset, part", [(9.3, True), (9.4, False)])
def test_how_far_from_the_bones_a_keypoint_may_lie(offset, part):
    # the box's diagonal is sqrt(80^2 + 300^2) = 310.5 px, 3 % of it 9.31 px
    beside = instance(np.array([[100, -offset]] * 5))
    holder = instance(np.array([[100, 120], [60, 300], [100, 0], [140, 300], [100, 0]]))
    assert is_part(beside, holder) is part


# The same needle holder, 300 px from the middle of its handles to that of its tips, as tweezers:
# how they order their keypoints the taxonomy says.
def tweezers(base, tips, bbox_score=0.5):
    names = SURGICAL.get(2).keypoints
    keypoints = np.tile(np.mean([base, tips], axis=0), (len(names), 1))
    for name in SURGICAL.get(2).base:
        keypoints[names.index(name)] = base
    for name in SURGICAL.get(2).tips:
        keypoints[names.index(name)] = tips
    return instance(keypoints, (0.3,) * len(names), bbox_score, category_id=2)


def test_a_second_answer_of_another_category_is_left_out():
    holder, shorter = instance(), tweezers((100, 200), (100, 10))
    assert drop_parts([shorter, holder]) == [holder]


@pytest.mark.parametrize("offset, second", [(23, True), (25, False)])
def test_how_far_beside_the_axis_a_second_answer_lies(offset, second):
    # 8 % of the 300 px between base and tips are 24 px
    beside = tweezers((100 + offset, 300), (100 + offset, 0))
    assert is_second_answer(beside, instance()) is second


@pytest.mark.parametrize("tips, second", [(89, True), (91, False)])
def test_how_far_from_the_tips_a_second_answer_ends(tips, second):
    assert is_second_answer(tweezers((100, 300), (100, tips)), instance()) is second


def test_what_points_the_other_way_or_has_no_length_is_no_second_answer():
    assert not is_second_answer(tweezers((100, 0), (100, 80)), instance())
    assert not is_second_answer(tweezers((100, 50), (100, 50)), instance())
    point = tweezers((100, 50), (100, 50))
    assert not is_second_answer(point, point)


def test_boxes_without_keypoints_stay():
    bare = instance().changed(keypoints=np.zeros((0, 2)), keypoint_scores=np.zeros(0))
    assert drop_parts([bare, bare.changed(bbox_score=0.1)])[1].bbox_score == 0.1
    assert drop_parts([]) == []


@pytest.mark.parametrize("second, part", [(0.16, True), (0.14, False)])
def test_what_share_of_the_best_score_makes_a_keypoint_confident(second, part):
    """Two confident keypoints lie on the whole; the second counts from half of 0.3 on."""
    off = HOLDER + [200, 0]
    off[:2] = HOLDER[:2]
    assert is_part(instance(off, (0.3, second, 0.01, 0.01, 0.01)), instance()) is part
    other = instance(HOLDER + [200, 0], (0.01, 0.01, 0.3, 0.3, second))
    other.keypoints[2:4] = HOLDER[2:4]
    assert is_part(other, instance()) is not part, "a confident keypoint elsewhere clears it"


HERE, BESIDE, ELSEWHERE = (0, 0, 100, 50), (0, 0, 100, 48), (200, 0, 300, 50)


def boxed(category_id, bbox, score):
    keypoints = np.zeros((5, 2))
    return Instance(category_id, np.array(bbox, float), score, keypoints, np.ones(5), np.ones(5))


def test_what_fell_below_the_threshold_is_gone_and_the_rest_is_sorted():
    given = [boxed(1, HERE, 0.4), boxed(1, ELSEWHERE, 0.7), boxed(2, ELSEWHERE, 0.1)]
    assert [i.bbox_score for i in suppress_instances(given, 0.3, 0.85)] == [0.7, 0.4]
    assert [i.bbox_score for i in suppress_instances(given, 0.4, 0.85)] == [0.7]


def test_the_category_that_presence_prefers_stays():
    given = [boxed(1, HERE, 0.35), boxed(2, BESIDE, 0.6), boxed(1, ELSEWHERE, 0.5)]
    # the first two overlap by 4800 / 5000
    assert [i.category_id for i in suppress_instances(given, 0.3, 0.85)] == [2, 1]
    assert [i.category_id for i in suppress_instances(given, 0.3, 0.95)] == [2, 1]
    assert len(suppress_instances(given, 0.3, 0.97)) == 3
    assert len(suppress_instances(given, 0.3, 1.0)) == 3


def test_nothing_in_nothing_out():
    assert suppress_instances([], 0.3, 0.85) == []


def test_without_a_skeleton_nothing_is_a_part():
    eyes = Taxonomy("eyes", (Category(5, "face", ("left_eye", "right_eye", "nose")),))
    points, ones = np.array([[0.0, 0], [10, 0], [5, 5]]), np.ones(3)
    face = Instance(5, np.array([0.0, 0, 10, 10]), 0.9, points, ones, ones, taxonomy=eyes)
    assert len(drop_parts([face, face.changed(bbox_score=0.5)])) == 2


def slanted(length, category_id, bbox, offset=(0, 0)):
    """An answer along the diagonal of a picture whose box is given."""
    share = {1: [0.7, 0, 1, 0.02, 0.98], 2: [0, 0.5, 1, 0.5, 0.98]}[category_id]
    own = instance(np.outer(share, [length, length]) + offset, category_id=category_id)
    return own.changed(bbox=np.array(bbox, float))


def test_a_smaller_box_of_the_other_category_on_the_same_hand_is_left_out():
    whole = slanted(300, 1, [0, 0, 300, 300])
    turned = instance(slanted(180, 2, [0, 0, 1, 1], (60, 40)).keypoints[::-1], category_id=2)
    within = turned.changed(bbox=np.array([50.0, 50, 320, 260]), bbox_score=0.5)
    assert not is_second_answer(within, whole), "its tips are where the other one is held"
    assert is_within(within, whole) and drop_parts([within, whole]) == [whole]


def test_an_instrument_that_lies_in_the_box_of_another_stays():
    whole = slanted(300, 1, [0, 0, 300, 300])
    beside = slanted(120, 2, [170, 20, 290, 140], (170, 20))
    assert not is_within(beside, whole) and drop_parts([whole, beside]) == [whole, beside]


def test_boxes_of_one_size_and_place_are_left_to_the_threshold_of_places():
    whole = slanted(300, 1, [0, 0, 300, 300])
    assert not is_within(slanted(290, 2, [0, 0, 300, 290]), whole)
