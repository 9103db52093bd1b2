from dataclasses import replace

import numpy as np

from surgtools.prediction.estimators import Boxes, Detector
from surgtools.prediction.pose_estimator import PoseEstimator


def test_boxes_come_back_in_pixels_of_each_picture_with_their_category(toy, draw_square):
    images = [draw_square("blue"), draw_square("red", size=(640, 480), at=(300, 200))]
    blue, red = toy.predictor.detector(images)
    assert (blue.category_ids.tolist(), red.category_ids.tolist()) == ([1], [2])
    # squares of 80 x 60 at (100, 80) and (300, 200); the network sees 160 pixels, 2 and 4 to 1
    assert np.abs(blue.xyxy[0] - [100, 80, 180, 140]).max() <= 4
    assert np.abs(red.xyxy[0] - [300, 200, 380, 260]).max() <= 8


def test_one_instrument_is_not_taken_for_two(toy):
    boxes = np.array([[[0, 0, 100, 50], [0, 0, 100, 48], [50, 0, 150, 50.0]]])
    scores = np.array([[[0.9, 0], [0, 0.8], [0, 0.7]]])
    image = [np.zeros((160, 160, 3), np.uint8)]
    # overlaps with the first: 4800 / 5000 = 0.96 and 2500 / 7500 = 0.33
    strict = Detector(toy.predictor.detector.backend, place_thr=0.85).postprocess(
        image, boxes, scores
    )[0]
    assert strict.category_ids.tolist() == [1, 2]
    assert strict.scores.tolist() == [0.9, 0.7]
    both = Detector(toy.predictor.detector.backend).postprocess(image, boxes, scores)[0]
    assert both.category_ids.tolist() == [1, 2, 2]


def test_a_network_of_any_size_sees_no_more_padding_than_its_stride(toy, draw_square):
    backend = toy.predictor.detector.backend
    images = [draw_square("blue"), draw_square("red", size=(240, 320)), draw_square("red")]
    square = toy.predictor.detector(images)
    shapes = []

    class AnySize:
        spec, any_size = replace(backend.spec, enlarge=False), True

        def __call__(self, batch):
            shapes.append(batch.shape)
            return backend(batch)

    found = Detector(AnySize())(images)
    # 320 x 240 fills 160 x 120 of the input, 128 with the stride
    assert sorted(shapes) == [(1, 3, 160, 128), (2, 3, 128, 160)]
    for own, other in zip(found, square, strict=True):
        assert own.category_ids.tolist() == other.category_ids.tolist()
        np.testing.assert_allclose(own.xyxy, other.xyxy)


def test_small_pictures_are_enlarged_unless_the_network_knows_sizes(toy, draw_square):
    backend = toy.predictor.detector.backend
    image = draw_square("blue", size=(80, 60), at=(0, 0))[:, :40]
    seen = []

    class Fixed:
        spec, any_size = replace(backend.spec, enlarge=False), True

        def __call__(self, batch):
            seen.append(batch.shape[2:])
            return backend(batch)

    (own,) = Detector(Fixed())([image])
    assert seen == [(64, 64)]  # 40 x 60 as it is, padded to the stride
    np.testing.assert_allclose(own.xyxy, [[0, 0, 40, 60]], atol=1)


def test_no_pictures_and_empty_pictures_have_no_boxes(toy, draw_square):
    assert toy.predictor.detector([]) == []
    assert len(toy.predictor.detector([draw_square(None)])[0]) == 0


def test_a_picture_without_boxes_never_reaches_the_pose_network(toy, draw_square):
    instances = toy.predictor.pose([draw_square(None), draw_square("blue")], [Boxes(), Boxes()])
    assert instances == [[], []]
    assert toy.predictor.pose.backend.calls == []


def test_keypoints_are_those_of_the_own_category(toy, draw_square):
    boxes = Boxes(
        np.array([[100, 80, 180, 140]] * 2, np.float32), np.full(2, 0.9), np.array([1, 2])
    )
    holder, tweezers = toy.predictor.pose([draw_square()], [boxes])[0]
    # window: center (140, 110), side 80 * 1.25 = 100 for 64 network pixels; slot i lies 2 i
    # network pixels, hence 3.125 i image pixels, right of the center; tweezers own slots 5 to 9
    np.testing.assert_allclose(holder.keypoints[:, 0], 140 + 3.125 * np.arange(5), atol=0.1)
    np.testing.assert_allclose(tweezers.keypoints[:, 0], 140 + 3.125 * np.arange(5, 10), atol=0.1)
    np.testing.assert_allclose(holder.keypoints[:, 1], 110, atol=0.1)
    assert (holder.keypoint_visible > 0.5).tolist() == [True, False, True, False, True]
    assert (tweezers.keypoint_visible > 0.5).tolist() == [False, True, False, True, False]
    assert (holder.keypoint_scores > 0.99).all()


def test_many_boxes_are_split_into_batches(toy, draw_square):
    pose = PoseEstimator(toy.predictor.pose.backend, max_batch=4)
    boxes = Boxes(np.tile([[0, 0, 50, 50]], (10, 1)), np.full(10, 0.9), np.ones(10, int))
    assert len(pose([draw_square()], [boxes])[0]) == 10
    assert pose.backend.calls == [4, 4, 2]


def test_thresholds_are_those_of_the_user(toy, draw_square):
    strict = Detector(toy.predictor.detector.backend, score_thr=0.95)
    assert len(strict([draw_square("blue")])[0]) == 0


class _Mirrored:
    """A pose network whose first needle holder handle lies where the crop is bright."""

    def __init__(self, spec):
        self.spec = spec

    def __call__(self, batch):
        bins = np.arange(128)
        column = batch.mean(axis=(1, 2)).argmax(axis=-1)
        x = np.exp(-((bins - 2 * column[:, None]) ** 2) / (2 * 5.66**2))
        zeros = np.zeros((len(batch), 10, 128))
        simcc_x = zeros + x[:, None]
        simcc_y = zeros + np.exp(-((bins - 64) ** 2) / (2 * 5.66**2))
        return simcc_x, simcc_y, None


def test_flip_test_turns_the_mirrored_answer_back(toy):
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, 70] = 255
    boxes = Boxes(np.array([[10.0, 10, 90, 90]]), np.array([0.9]), np.array([1]))
    plain, both = (
        PoseEstimator(_Mirrored(toy.predictor.pose.backend.spec), flip_test=flip)(
            [image], [boxes]
        )[0][0]
        for flip in (False, True)
    )
    np.testing.assert_allclose(plain.keypoints[:, 0], 70, atol=1.6)
    np.testing.assert_allclose(both.keypoints, plain.keypoints, atol=0.01)
    assert (plain.keypoint_visible == 1).all()


class _Doubting:
    """Sees a needle holder with logit 2 in a crop as it is, with 0 in its mirror image."""

    def __init__(self, pose, bright_left):
        self.spec, self.pose, self.bright_left = pose.spec, pose, bright_left

    def __call__(self, batch):
        width = batch.shape[-1] // 2
        left = batch[..., :width].mean(axis=(1, 2, 3)) > batch[..., width:].mean(axis=(1, 2, 3))
        presence = np.where((left == self.bright_left)[:, None], [2.0, -2.0], [0.0, -4.0])
        return *self.pose(batch), presence


def test_presence_of_the_category_joins_the_score(toy):
    image = np.zeros((100, 100, 3), np.uint8)
    image[:, :50] = 200
    boxes = Boxes(np.array([[10.0, 10, 90, 90]] * 2), np.array([0.9, 0.8]), np.array([1, 2]))
    backend = _Doubting(toy.predictor.pose.backend, bright_left=True)

    def scores(**kwargs):
        return [i.bbox_score for i in PoseEstimator(backend, **kwargs)([image], [boxes])[0]]

    # sigmoid(2) = 0.8808, sigmoid(-2) = 0.1192
    np.testing.assert_allclose(np.square(scores()), [0.9 * 0.8808, 0.8 * 0.1192], atol=1e-4)
    # with the mirrored crop: means 1 and -3; sigmoid 0.7311 and 0.0474
    both = scores(flip_test=True)
    np.testing.assert_allclose(np.square(both), [0.9 * 0.7311, 0.8 * 0.0474], atol=1e-4)
    assert scores(use_presence=False) == [0.9, 0.8]
    # The first one's score is 0.890, the second one's 0.309: only the first is seen mirrored.
    some = scores(flip_test=True, mirrored_from=0.5)
    np.testing.assert_allclose(np.square(some), [0.9 * 0.7311, 0.8 * 0.1192], atol=1e-4)
    assert scores(flip_test=True, mirrored_from=0.95) == scores()


def test_only_crops_that_may_count_are_seen_mirrored(toy, draw_square):
    pose = PoseEstimator(toy.predictor.pose.backend, True, 4, mirrored_from=0.5)
    boxes = Boxes(np.tile([[0, 0, 50, 50]], (6, 1)), np.linspace(0.1, 0.6, 6), np.ones(6, int))
    images = [draw_square(), draw_square()]
    found = pose(images, [boxes, Boxes()])
    assert [len(own) for own in found] == [6, 0]
    assert pose.backend.calls == [4, 2, 2]
