"""What is reported: thresholds, views and parts, of the toy networks."""

from dataclasses import replace

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.augmentation import FOUR_VIEWS, ONE_VIEW, fuse_instances
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.over_time import VideoSettings
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.suppression import drop_parts, suppress_instances
from surgtools.prediction.thresholds import Thresholds
from surgtools.prediction.views import UPRIGHT, View
from surgtools.taxonomy import Category, Taxonomy

DOTS = Taxonomy("dots", (Category(1, "even", tuple("abcde")), Category(2, "odd", tuple("abcde"))))
"""Without an axis: all keypoints may lie at one place."""


def views_of(toy, **settings):
    backends = toy.predictor.detector.backend, toy.predictor.pose.backend
    return Inferencer.from_backends(*backends, batch_size=4, **settings)


def test_one_view_may_be_half_as_sure():
    thresholds = Thresholds(0.4)
    assert thresholds.floor(FOUR_VIEWS) == pytest.approx(0.2)
    assert thresholds.floor(ONE_VIEW) == 0.4


def test_pictures_are_seen_four_times_and_video_once(toy, draw_square, write_video):
    inferencer = views_of(toy, tta=None)
    (result,) = inferencer([draw_square("blue")])
    assert inferencer.predictor.detector.backend.calls == [1, 1, 1, 1]
    assert len(result) == 1
    inferencer.predictor.detector.backend.calls.clear()
    list(inferencer(write_video(frames=3)))
    assert inferencer.predictor.detector.backend.calls == [3]


def test_a_video_is_seen_in_views_on_request(toy, write_video):
    inferencer = views_of(toy, tta=True)
    results = list(inferencer(write_video(frames=3), video=VideoSettings(track=False)))
    assert inferencer.predictor.detector.backend.calls == [3, 3, 3, 3]
    assert [r.instances[0].category_id for r in results] == [1, 1, 1]


def test_views_that_disagree_count_against_an_instrument(toy, draw_square):
    picture = draw_square("red")
    (once,), (four,) = (list(f([picture])) for f in (toy, views_of(toy, tta=True)))
    np.testing.assert_allclose(four.instances[0].bbox, once.instances[0].bbox, atol=2)
    assert four.instances[0].category_id == once.instances[0].category_id == 2
    # the toy's keypoints lie to the right of every view's middle, whichever way it is turned: of
    # four views two agree, and the least sure one does not count
    assert four.instances[0].bbox_score == pytest.approx(0.9 * 2 / 3)


def test_pictures_and_video_in_one_batch(toy, draw_square, write_video):
    inferencer = views_of(toy, tta=None)
    results = list(inferencer([draw_square("blue"), write_video(frames=2), draw_square("red")]))
    assert [r.kind for r in results] == ["image", "video", "video", "image"]
    assert [r.instances[0].category_id for r in results] == [1, 1, 1, 2]


def test_a_doubtful_box_of_a_video_goes_no_further(toy, draw_square, write_video):
    class Doubtful:
        spec, calls = toy.predictor.detector.backend.spec, []

        def __call__(self, batch):
            boxes, scores = toy.predictor.detector.backend(batch)
            return boxes, scores / 3  # 0.3

    inferencer = Inferencer.from_backends(
        Doubtful(), toy.predictor.pose.backend, bbox_thr=0.4, tta=None
    )
    assert [len(r) for r in inferencer(write_video(frames=2))] == [0, 0]
    assert toy.predictor.pose.backend.calls == []
    assert [len(r) for r in inferencer([draw_square("blue")])] == [0]
    assert toy.predictor.pose.backend.calls == [], "0.3 in every view is still too little"


@pytest.mark.parametrize("flip_test", [True, False])
def test_views_leave_no_room_for_the_flip_test(toy, draw_square, write_video, flip_test):
    picture, video = draw_square("blue"), write_video(frames=2)
    by_kind = views_of(toy, tta=None, flip_test=flip_test)
    assert [len(r) for r in by_kind(video)] == [1, 1], "a video is seen once"
    assert [len(r) for r in views_of(toy, tta=False, flip_test=flip_test)([picture])] == [1]
    for inferencer, inputs in (
        (by_kind, [picture]),
        (by_kind, [video, picture]),
        (views_of(toy, tta=True, flip_test=flip_test), [video]),
    ):
        with pytest.raises(InputError, match="place of --flip-test; add --no-tta"):
            list(inferencer(inputs))


class TwoAnswers:
    """A detector that gives both categories to one square."""

    def __init__(self, detector):
        self.spec, self.detector = detector.spec, detector

    def __call__(self, batch):
        boxes, scores = self.detector(batch)
        boxes[:, 1], scores[:, 1] = boxes[:, 0], [0, 0.7]
        return boxes, scores


@pytest.mark.parametrize("has_presence", [True, False])
def test_the_detector_alone_reports_one_category_per_place(toy, draw_square, has_presence):
    class Pose:
        spec = replace(toy.predictor.pose.backend.spec, has_presence=has_presence)

    detector = TwoAnswers(toy.predictor.detector.backend)
    for place_thr, categories in ((0.85, [1]), (1.0, [1, 2])):
        inferencer = Inferencer.from_backends(detector, Pose(), place_thr=place_thr)
        (result,) = inferencer([draw_square("blue")], pose=False)
        assert [i.category_id for i in result.instances] == categories


@pytest.mark.parametrize(
    "presence, place_thr, categories",
    [(True, 0.85, [2]), (True, 1.0, [2, 1]), (False, 0.85, [1]), (False, 1.0, [1, 2])],
)
def test_presence_decides_between_two_categories_at_one_place(
    toy, draw_square, presence, place_thr, categories
):
    """Scores 0.9 and 0.7 are joined with sigmoid(-1) and sigmoid(4): 0.49 and 0.83."""
    pose = toy.predictor.pose.backend
    pose.tips_low = True

    class Pose:
        spec = replace(pose.spec, has_presence=True)

        def __call__(self, batch):
            return *pose(batch), np.tile([-1.0, 4.0], (len(batch), 1))

    detector = TwoAnswers(toy.predictor.detector.backend)
    thresholds = Thresholds(place=place_thr)
    predictor = Predictor.of_networks(detector, Pose(), thresholds, presence=presence)
    (found,) = predictor.find([draw_square("blue")])
    assert [instance.category_id for instance in found] == categories


@pytest.mark.parametrize("presence", [True, False])
def test_an_answer_that_contradicts_itself_makes_room_for_the_next(presence):
    box, ones = np.array([0.0, 0, 30, 90]), np.ones(5)
    folded = np.full((5, 2), [15.0, 5])
    whole = np.array([[15.0, 40], [5, 90], [14, 0], [25, 90], [16, 0]])
    answers = [Instance(1, box, 0.9, folded, ones, ones), Instance(1, box, 0.6, whole, ones, ones)]
    predictor = Predictor(None, None, Thresholds(0.35), presence=presence)
    (left,) = predictor.report([answers])
    assert left[0] is answers[1 if presence else 0]


def test_boxes_and_intervals_leave_no_room_for_views(toy, draw_square, tmp_path):
    inferencer = views_of(toy, tta=True)
    for words in (
        {"boxes": tmp_path / "b.json"},
        {"pose": False},
        {"video": VideoSettings(det_interval=2)},
    ):
        with pytest.raises(InputError, match="test-time augmentation"):
            list(inferencer([draw_square("blue")], **words))


class Spot:
    """Networks that find the one bright pixel, as an instrument of one size around it."""

    def __init__(self, blind=()):
        self.blind, self.shapes = blind, []

    def detect(self, images, score_thr):
        self.shapes += [image.shape[:2] for image in images]
        found = []
        for image in images:
            y, x = np.argwhere(image[..., 0] == 255)[0]
            box = np.array([[x - 20, y - 20, x + 20, y + 20]], float)
            score = 0.0 if image.shape[:2] in self.blind else 0.8
            found.append(Boxes(box, np.array([score]), np.array([2])))
        return found

    def estimate(self, images, boxes):
        ones = np.ones(5)
        return [
            [
                Instance(
                    2,
                    own.xyxy[0],
                    own.scores[0],
                    np.tile(own.xyxy[0, :2] + 20, (5, 1)),
                    *2 * [ones],
                )
            ]
            for own in boxes
        ]


def test_networks_see_every_view_and_agree_on_one_place():
    image = np.zeros((60, 100, 3), np.uint8)
    image[35, 30] = 255
    networks = Spot()
    predictor = Predictor(networks.detect, networks.estimate, Thresholds())
    ((found,),) = predictor.find([image], views=FOUR_VIEWS)
    assert networks.shapes == [(60, 100), (60, 100), (100, 60), (60, 100)]
    np.testing.assert_allclose(found.keypoints, np.tile([30, 35], (5, 1)), atol=1e-9)
    np.testing.assert_allclose(found.bbox, [10, 15, 50, 55], atol=1e-9)
    assert found.bbox_score == pytest.approx(0.8)


def test_what_two_views_do_not_see_is_less_sure():
    image = np.zeros((60, 100, 3), np.uint8)
    image[35, 30] = 255
    networks = Spot(blind=[(100, 60)])  # turned views
    views = [UPRIGHT, View(degrees=90), View(degrees=270), View(flip=True)]
    predictor = Predictor(networks.detect, networks.estimate, Thresholds(0.3))
    ((found,),) = predictor.find([image], views=views)
    assert found.bbox_score == pytest.approx((0.8 + 0.8 + 0) / 3)


def test_each_view_answers_in_pixels_of_the_picture():
    image = np.zeros((60, 100, 3), np.uint8)
    image[35, 30] = 255
    networks = Spot()
    predictor = Predictor(networks.detect, networks.estimate, Thresholds())
    views = [*FOUR_VIEWS, View(degrees=200)]
    (seen,) = predictor.predict_views([image], views=views[:4])
    assert [len(own) for own in seen] == [1, 1, 1, 1]
    for (own,) in seen:
        np.testing.assert_allclose(own.keypoints, np.tile([30, 35], (5, 1)), atol=1e-9)
        np.testing.assert_allclose(own.bbox, [10, 15, 50, 55], atol=1e-9)


class Spots:
    """Networks that see an instrument at every blue pixel, as sure as it is blue; one of odd blue
    only where the red corner is top left, in one view. Its presence is the green of the pixel."""

    def __init__(self):
        self.crops = 0

    def detect(self, images, score_thr):
        found = []
        for image in images:
            ys, xs = np.nonzero(image[..., 0])
            hidden = (image[ys, xs, 0] % 2 == 1) & (image[0, 0, 2] == 0)
            scores = np.where(hidden, 0, image[ys, xs, 0] / 255)
            boxes = np.stack([xs - 8, ys - 8, xs + 8, ys + 8], axis=1).astype(float)
            boxes = Boxes(boxes, scores, np.full(len(xs), 1))
            found.append(boxes.subset(scores > score_thr))
        return found

    def estimate(self, images, boxes):
        return [
            [self._crop(image, *row) for row in zip(own.xyxy, own.scores, strict=True)]
            for image, own in zip(images, boxes, strict=True)
        ]

    def _crop(self, image, box, score):
        self.crops += 1
        x, y = (box[:2] + 8).astype(int)
        presence = image[y, x, 1] / 255
        points, ones = np.stack([x + np.arange(5.0), np.full(5, y)], axis=1), np.ones(5)
        return Instance(1, box, np.sqrt(score * presence), points, ones, ones, taxonomy=DOTS)


def test_what_cannot_be_reported_costs_no_crop_and_changes_nothing():
    rng = np.random.default_rng(0)
    image = np.zeros((120, 160, 3), np.uint8)
    image[0, 0, 2] = 255
    for x in range(20, 160, 30):
        for y in range(20, 120, 30):
            image[y, x] = rng.integers(1, 256, 3)
    spots, thresholds = Spots(), Thresholds(0.6)
    predictor = Predictor(spots.detect, spots.estimate, thresholds, presence=True)
    found = predictor.find([image], views=FOUR_VIEWS)[0]
    few, spots.crops = spots.crops, 0
    (seen,) = predictor.predict_views([image], views=FOUR_VIEWS)
    assert 0 < few < 0.9 * spots.crops
    whole = suppress_instances(fuse_instances(seen), thresholds.bbox, thresholds.place)
    assert [i.bbox_score for i in found] == [i.bbox_score for i in drop_parts(whole)]
    assert 2 <= len(found) < 12


class Doubtful:
    """Networks that see many bright pixels, and doubt each in every view in its own way."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        # by brightness and view; the pose model doubts half of the spots: sqrt(0.95 * 0.03) = 0.17
        self.scores = rng.uniform(0.18, 0.95, (256, 4))
        self.presence = rng.uniform(0.3, 1, (256, 4)) * rng.choice([0.03, 1.0], (256, 1))
        self.detected = self.estimated = self.crops = 0

    def detect(self, images, score_thr):
        view, self.detected = self.detected % 4, self.detected + 1
        found = []
        for image in images:
            y, x = np.argwhere(image[..., 0] > 0).T
            scores = self.scores[image[y, x, 0], view]
            boxes = np.stack([x - 10, y - 10, x + 10, y + 10], axis=1).astype(float)
            found.append(Boxes(boxes, scores, 1 + image[y, x, 0] % 2))
        return found

    def estimate(self, images, boxes):
        view, self.estimated = self.estimated % 4, self.estimated + 1
        self.crops += sum(map(len, boxes))
        return [
            [self._instance(image, own, row, view) for row in range(len(own))]
            for image, own in zip(images, boxes, strict=True)
        ]

    def _instance(self, image, boxes, row, view):
        x, y = (boxes.xyxy[row, :2] + 10).astype(int)
        score = np.sqrt(boxes.scores[row] * self.presence[image[y, x, 0], view])
        points, ones = np.tile([x, y], (5, 1)), np.ones(5)
        category_id = int(boxes.category_ids[row])
        return Instance(category_id, boxes.xyxy[row], score, points, ones, ones, taxonomy=DOTS)


@pytest.mark.parametrize("seed", range(4))
def test_crops_that_cannot_count_any_more_are_left_out_and_change_nothing(seed):
    image = np.zeros((300, 400, 3), np.uint8)
    for value in range(1, 41):
        image[30 * (value // 8) + 20, 45 * (value % 8) + 20] = value
    thresholds = Thresholds(0.35)
    networks, again = Doubtful(seed), Doubtful(seed)
    predictor = Predictor(networks.detect, networks.estimate, thresholds, presence=True)
    (found,) = predictor.find([image], views=FOUR_VIEWS)

    boxes = [again.detect([view.warp(image)], 0) for view in FOUR_VIEWS]
    everything = Predictor(again.detect, again.estimate, thresholds, presence=True)
    (seen,) = everything.predict_views([image], boxes, FOUR_VIEWS)
    expected = drop_parts(suppress_instances(fuse_instances(seen), 0.35, thresholds.place))
    assert 5 < len(expected) < 40

    def told(instances):
        rows = [(i.category_id, round(i.bbox_score, 9), *i.keypoints.ravel()) for i in instances]
        return sorted(rows)

    assert told(found) == told(expected)
    assert networks.crops < 0.8 * again.crops == 0.8 * 160
