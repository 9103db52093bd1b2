"""A proposal is right when it agrees with one annotation; rates of frames are counted by hand."""

import numpy as np

from surgtools.adaptation.known_truth import find_correct, frame_rates
from surgtools.prediction.results import Instance

POINTS = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])
ANNOTATION = {
    "category_id": 1,
    "bbox": [30, 10, 40, 80],  # diagonal 89.4: 5 % are 4.47 px
    "keypoints": [v for x, y in POINTS for v in (x, y, 2)],
}


def instance(category_id=1, shift=0.0, box_shift=0.0, score=0.9):
    ones = np.ones(5)
    box = np.array([30.0, 10, 70, 90]) + box_shift
    return Instance(category_id, box, score, POINTS + [shift, 0], ones, ones)


def test_error_up_to_the_limit_is_right(proposals_of):
    found = find_correct(proposals_of([[instance(shift=4.4)]]), {0: [ANNOTATION]})
    assert found.tolist() == [True]
    assert not find_correct(proposals_of([[instance(shift=4.6)]]), {0: [ANNOTATION]}).any()


def test_category_box_and_frame_must_agree(proposals_of):
    wrong = proposals_of([[instance(category_id=2), instance(box_shift=40)]])
    assert not find_correct(wrong, {0: [ANNOTATION]}).any()
    assert not find_correct(proposals_of([[instance()]]), {1: [ANNOTATION]}).any()


def test_an_annotation_makes_only_the_surest_right(proposals_of):
    found = find_correct(proposals_of([[instance(score=0.5), instance()]]), {0: [ANNOTATION]})
    assert found.tolist() == [False, True]


def test_unlabelled_keypoints_do_not_count(proposals_of):
    partly = ANNOTATION | {"keypoints": [0, 0, 0] * 4 + [52, 20, 2]}
    assert find_correct(proposals_of([[instance()]]), {0: [partly]}).tolist() == [True]
    assert find_correct(proposals_of([[]]), {0: [partly]}).shape == (0,)


def test_a_crowd_region_makes_nothing_right(proposals_of):
    crowd = {**ANNOTATION, "iscrowd": 1, "keypoints": [0] * 15}
    found = find_correct(proposals_of([[instance()], [instance()]]), {0: [crowd, ANNOTATION]})
    assert found.tolist() == [True, False]
    assert not find_correct(proposals_of([[instance()]]), {0: [crowd]}).any()


def row(image, category, box, score=0.9):
    return {"image_id": image, "category_id": category, "bbox": box, "score": score}


def test_rates_of_frames():
    content = {
        "images": [{"id": number} for number in range(1, 6)],
        "annotations": [row(n, 1, [0, 0, 10, 10]) for n in (1, 2, 3, 4)],
    }
    found = [
        row(1, 1, [0, 0, 10, 9], score=0.1) | {"bbox_score": 0.9},  # found; keypoints unsure
        row(1, 1, [50, 50, 5, 5]),  # and something made up beside it
        row(2, 2, [0, 0, 10, 10]),  # at the right place, of the wrong category
        row(3, 1, [0, 0, 10, 10], score=0.2),  # not reported
        row(5, 2, [0, 0, 10, 10]),  # on an empty frame
    ]
    # frame 1 of 1, 2, 3, 4 is covered; frames 1 and 5 of all five hold something made up
    assert frame_rates(content, found) == {"coverage": 0.25, "hallucinated": 0.4}
    nothing = {"images": [], "annotations": []}
    assert frame_rates(nothing, []) == {"coverage": None, "hallucinated": None}


def test_a_crowd_region_is_no_instance_to_be_found():
    crowd = row(1, 1, [0, 0, 10, 10]) | {"iscrowd": 1}
    content = {"images": [{"id": 1}, {"id": 2}], "annotations": [crowd, row(2, 1, [0, 0, 9, 9])]}
    found = [row(1, 1, [0, 0, 10, 10]), row(2, 1, [0, 0, 9, 9])]
    assert frame_rates(content, found) == {"coverage": 1.0, "hallucinated": 0.0}
    assert frame_rates(content, found[:1]) == {"coverage": 0.0, "hallucinated": 0.0}
