"""A proposal is right when category, box and keypoints agree with one annotation."""

import numpy as np

from surgtools.adaptation.labels.correctness import find_correct
from surgtools.adaptation.labels.proposals import propose
from surgtools.prediction.results import Instance

POINTS = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])
ANNOTATION = {
    "category_id": 1,
    "bbox": [30, 10, 40, 80],  # diagonal 89.4: 5 % are 4.47 px
    "keypoints": [v for x, y in POINTS for v in (x, y, 2)],
}


def proposals_of(*instances):
    return propose(lambda i: np.zeros((9, 9, 3), np.uint8), [0], lambda _: [instances], views=())


def instance(category_id=1, shift=0.0, box_shift=0.0, score=0.9):
    ones = np.ones(5)
    box = np.array([30.0, 10, 70, 90]) + box_shift
    return Instance(category_id, box, score, POINTS + [shift, 0], ones, ones)


def test_error_up_to_the_limit_is_right():
    found = find_correct(proposals_of(instance(shift=4.4)), {0: [ANNOTATION]})
    assert found.tolist() == [True]
    assert not find_correct(proposals_of(instance(shift=4.6)), {0: [ANNOTATION]}).any()


def test_category_box_and_frame_must_agree():
    wrong = proposals_of(instance(category_id=2), instance(box_shift=40))
    assert not find_correct(wrong, {0: [ANNOTATION]}).any()
    assert not find_correct(proposals_of(instance()), {1: [ANNOTATION]}).any()


def test_an_annotation_makes_only_the_surest_right():
    found = find_correct(proposals_of(instance(score=0.5), instance()), {0: [ANNOTATION]})
    assert found.tolist() == [False, True]


def test_unlabelled_keypoints_do_not_count():
    partly = ANNOTATION | {"keypoints": [0, 0, 0] * 4 + [52, 20, 2]}
    assert find_correct(proposals_of(instance()), {0: [partly]}).tolist() == [True]
    assert find_correct(proposals_of(), {0: [partly]}).shape == (0,)
