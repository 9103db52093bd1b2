"""Boxes of frames become results, and frames without numbers are left out and told."""

import numpy as np

from surgtools.prediction.augmentation import FOUR_VIEWS, ONE_VIEW
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.frame_keypoints import FrameKeypoints
from surgtools.prediction.frame_results import drop_not_finite, predict_frames, without_keypoints
from surgtools.prediction.results import FrameResult, Instance
from surgtools.prediction.sources import Frame, Source
from surgtools.taxonomy import SURGICAL

PICTURE, CLIP = Source("a.png", "image", "a"), Source("b.mp4", "video", "b")
BOXES = Boxes(np.array([[100, 80, 180, 140.0]]), np.array([0.9]), np.array([1]))


def frames_of(draw_square):
    return [
        Frame(PICTURE, draw_square("blue"), image_id=3),
        Frame(CLIP, draw_square("blue"), 4, 0.5),
    ]


def test_a_result_says_where_its_frame_comes_from(toy, draw_square):
    frames = frames_of(draw_square)
    (found,) = predict_frames(
        [(frames, [BOXES, Boxes()])], FrameKeypoints(toy.predictor), lambda source: ONE_VIEW
    )
    picture, clip = found
    assert (picture.source, picture.kind, picture.stem, picture.image_id) == (
        "a.png",
        "image",
        "a",
        3,
    )
    assert (picture.width, picture.height) == (320, 240)
    assert (clip.source, clip.kind, clip.frame_id, clip.time_s) == ("b.mp4", "video", 4, 0.5)
    assert picture.image is frames[0].image
    assert [len(result.instances) for result in found] == [1, 0], "no boxes, no instances"
    assert picture.instances[0].keypoints.shape == (5, 2)


def test_each_source_is_shown_in_its_own_views(toy, draw_square):
    calls = toy.predictor.pose.backend.calls
    pairs = [(frames_of(draw_square), [BOXES, BOXES])]
    views = {PICTURE: FOUR_VIEWS, CLIP: ONE_VIEW}
    (found,) = predict_frames(pairs, FrameKeypoints(toy.predictor), views.get)
    assert [result.source for result in found] == ["a.png", "b.mp4"]
    assert calls == [1, 1, 1, 1, 1]


def test_without_the_pose_model_boxes_are_reported(toy, draw_square):
    pairs = [(frames_of(draw_square), [BOXES, Boxes()])]
    (found,) = predict_frames(
        pairs, FrameKeypoints(toy.predictor), lambda source: ONE_VIEW, pose=False
    )
    (instance,) = found[0].instances
    assert instance.category_id == 1 and instance.bbox_score == 0.9
    assert instance.keypoints.shape == (0, 2) and found[1].instances == []
    assert toy.predictor.pose.backend.calls == []
    assert without_keypoints(Boxes(), SURGICAL) == []


def result_of(source, value):
    ones = np.ones(5)
    instance = Instance(1, np.array([0, 0, 9, 9.0]), 0.9, np.full((5, 2), value), ones, ones)
    return FrameResult(source=source, kind="video", width=9, height=9, instances=[instance])


def test_frames_without_numbers_are_left_out_and_counted_by_source():
    told = []
    results = [
        result_of(s, v) for s, v in (("a", 1.0), ("a", np.nan), ("a", np.nan), ("b", np.nan))
    ]
    assert list(drop_not_finite(results, told.append)) == results[:1]
    assert [(problem.source, problem.bad_frames) for problem in told] == [("a", 2), ("b", 1)]
    assert told[0].message.endswith("(NaN) for 2 frames; try --precision fp32")
    assert "for 1 frame;" in told[1].message
