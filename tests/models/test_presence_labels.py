"""What a box of a detector teaches presence."""

import numpy as np

from surgtools.models.presence_labels import choose_boxes, presence_labels
from surgtools.taxonomy import SURGICAL

TWEEZERS = [[0, 10], [50, 0], [100, 8], [50, 20], [100, 12]]


def label(box, category_id, points=(), **more):
    keypoints = [value for point in points for value in (*point, 2)]
    return {"bbox": box, "category_id": category_id, "keypoints": keypoints, **more}


def test_boxes_that_show_an_instrument_and_boxes_that_show_none_are_taken():
    annotations = [label([0, 0, 100, 20], 2), label([200, 0, 100, 100], 1, iscrowd=1)]
    boxes = np.array(
        [
            [0, 0, 95, 20],  # shows the tweezers
            [0, 0, 45, 20],  # nobody can say
            [150, 150, 180, 190],  # shows nothing
            [205, 0, 250, 90],  # on a crowd
            [0, 0, 100, 19],  # shows the tweezers
            [300, 300, 310, 310],  # shows nothing
        ],
        np.float32,
    )
    assert choose_boxes(boxes, annotations, 3) == [0, 4, 2, 5]
    assert choose_boxes(boxes, annotations, 1) == [0, 2]
    assert choose_boxes(boxes, [], 4) == [0, 1, 2, 3]
    assert choose_boxes(boxes[:0], annotations, 3) == []


def test_an_answer_is_right_where_its_keypoints_are():
    annotations = [label([0, 0, 100, 20], 2, TWEEZERS)]
    found = np.full((3, 10, 2), 500.0)
    found[:, 5:] = TWEEZERS
    found[1, 5:] += 400
    found[2, 5:, 0] += np.sqrt(-np.log(0.5) * 2 * 100 * 20) * 0.1  # similarity 0.5
    present = presence_labels(found, annotations, SURGICAL)
    np.testing.assert_array_equal(present, [[0, 1], [0, 0], [0, np.nan]])


def test_keypoints_without_a_label_do_not_count():
    annotations = [label([0, 0, 100, 20], 2, TWEEZERS)]
    annotations[0]["keypoints"][2::3] = [2, 2, 0, 2, 0]
    found = np.zeros((1, 10, 2))
    found[:, 5:] = TWEEZERS
    found[:, [7, 9]] += 300
    assert presence_labels(found, annotations, SURGICAL).tolist() == [[0, 1]]


def test_crowds_and_pictures_without_a_label_teach_that_nothing_is_there():
    found = np.zeros((2, 10, 2))
    found[:, 5:] = TWEEZERS
    crowd = [label([0, 0, 100, 20], 2, TWEEZERS, iscrowd=1)]
    assert not presence_labels(found, [], SURGICAL).any()
    assert not presence_labels(found, crowd, SURGICAL).any()
    assert presence_labels(found[:0], crowd, SURGICAL).shape == (0, 2)
