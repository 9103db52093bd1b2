import numpy as np

from surgtools.prediction.postprocess import select_boxes, sigmoid


def test_selected_boxes_are_in_image_pixels_and_inside_the_picture():
    boxes = np.array([[-5.0, 10, 50, 200], [10, 10, 20, 20], [300, 10, 310, 20]])
    scores = np.array([[0.1, 0.9], [0.2, 0.2], [0.8, 0.0]])
    xyxy, score, labels = select_boxes(
        boxes, scores, np.array([0.5, 0.5]), (120, 100), 0.3, 0.65, 10
    )
    # the third lies at x = 600 to 620, outside the picture of 120 x 100; pixel 10 of the half is
    # between 20 and 21, since pixel centers are on integers
    assert xyxy.tolist() == [[0, 20.5, 100.5, 100]]
    assert score.tolist() == [0.9]
    assert labels.tolist() == [1]


def test_sigmoid_does_not_overflow():
    assert sigmoid(np.array([-1e4, 0, 1e4])).tolist() == [0, 0.5, 1]
