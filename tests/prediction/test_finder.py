"""What is reported: thresholds, views and parts, of the toy networks."""

from dataclasses import replace

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.finder import Thresholds
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.over_time import VideoSettings


def views_of(toy, **settings):
    backends = toy.detector.backend, toy.pose.backend
    return Inferencer.from_backends(*backends, batch_size=4, **settings)


def test_one_view_may_be_half_as_sure():
    thresholds = Thresholds(0.4, None, 0.85)
    assert thresholds.floor(None) == thresholds.floor(True) == pytest.approx(0.2)
    assert thresholds.floor(False) == 0.4


def test_pictures_are_seen_four_times_and_video_once(toy, draw_square, write_video):
    inferencer = views_of(toy, tta=None)
    (result,) = inferencer([draw_square("blue")])
    assert inferencer.detector.backend.calls == [1, 1, 1, 1]
    assert len(result) == 1
    inferencer.detector.backend.calls.clear()
    list(inferencer(write_video(frames=3)))
    assert inferencer.detector.backend.calls == [3]


def test_a_video_is_seen_in_views_on_request(toy, write_video):
    inferencer = views_of(toy, tta=True)
    results = list(inferencer(write_video(frames=3), video=VideoSettings(track=False)))
    assert inferencer.detector.backend.calls == [3, 3, 3, 3]
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
        spec, calls = toy.detector.backend.spec, []

        def __call__(self, batch):
            boxes, scores = toy.detector.backend(batch)
            return boxes, scores / 3  # 0.3

    inferencer = Inferencer.from_backends(Doubtful(), toy.pose.backend, bbox_thr=0.4, tta=None)
    assert [len(r) for r in inferencer(write_video(frames=2))] == [0, 0]
    assert toy.pose.backend.calls == []
    assert [len(r) for r in inferencer([draw_square("blue")])] == [0]
    assert toy.pose.backend.calls != []  # looked at, and still too doubtful together


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
        spec = replace(toy.pose.backend.spec, has_presence=has_presence)

    detector = TwoAnswers(toy.detector.backend)
    for place_thr, categories in ((0.85, [1]), (1.0, [1, 2])):
        inferencer = Inferencer.from_backends(detector, Pose(), place_thr=place_thr)
        (result,) = inferencer([draw_square("blue")], pose=False)
        assert [i.category_id for i in result.instances] == categories


def test_boxes_and_intervals_leave_no_room_for_views(toy, draw_square, tmp_path):
    inferencer = views_of(toy, tta=True)
    for words in (
        {"boxes": tmp_path / "b.json"},
        {"pose": False},
        {"video": VideoSettings(det_interval=2)},
    ):
        with pytest.raises(InputError, match="test-time augmentation"):
            list(inferencer([draw_square("blue")], **words))


def test_sure_boxes_are_those_above_the_threshold(toy):
    boxes = Boxes(np.zeros((2, 4)), np.array([0.3, 0.4]), np.array([1, 2]))
    assert toy.finder.sure(boxes).category_ids.tolist() == [2]  # the threshold is 0.35
