"""Boxes of frames to instances: in a video the pose model is not asked twice in vain."""

import numpy as np
import pytest

from surgtools.prediction.augmentation import FOUR_VIEWS, ONE_VIEW
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.frame_keypoints import FrameKeypoints
from surgtools.prediction.sources import Frame, Source

CLIPS = Source("b.mp4", "video", "b"), Source("c.mp4", "video", "c")
PICTURE = Source("a.png", "image", "a")
# The square is an instrument; the toy network sees none in the plain ground beside it.
BOXES = Boxes(
    np.array([[100, 80, 180, 140.0], [200, 20, 290, 70.0]]), np.array([0.9, 0.9]), np.array([1, 1])
)


@pytest.fixture
def find(toy, draw_square, monkeypatch):
    """The pose model of a pair whose presence refuses what is not blue; returns crops a call."""
    predictor = toy.predictor
    predictor.pose.backend.tips_low = True
    monkeypatch.setattr(predictor, "presence", True)
    plain, calls = predictor.pose, []

    def with_presence(images, boxes):
        calls.append(sum(map(len, boxes)))
        return [
            [i.changed(bbox_score=0.9 if i.bbox[0] < 150 else 0.05) for i in own]
            for own in plain(images, boxes)
        ]

    monkeypatch.setattr(predictor, "pose", with_presence)
    monkeypatch.setattr(predictor, "pose_in_views", with_presence)
    keypoints = FrameKeypoints(predictor)

    def ask(sources, views=ONE_VIEW):
        calls.clear()
        frames = [Frame(source, draw_square("blue")) for source in sources]
        found = keypoints(frames, [BOXES] * len(frames), views)
        assert [[round(i.bbox[0], -1) for i in own] for own in found] == [[100.0]] * len(frames)
        return list(calls)

    return ask


def test_in_a_video_the_refused_box_costs_one_crop(find):
    first, second = CLIPS
    assert find([first, first, first]) == [2, 1, 1]
    assert find([first]) == [1], "over batches, too"
    assert find([second, second]) == [2, 1], "another video begins anew"


def test_pictures_and_several_views_look_at_everything(find):
    assert find([PICTURE, PICTURE]) == [4]
    assert find([CLIPS[0], PICTURE]) == [4]
    in_views = find([CLIPS[0]] * 2, FOUR_VIEWS)
    assert len(in_views) == 4 and find([CLIPS[0]] * 2, FOUR_VIEWS) == in_views


def test_one_frame_of_memory_looks_at_everything(toy, draw_square, monkeypatch):
    monkeypatch.setattr(toy.predictor, "presence", True)
    keypoints = FrameKeypoints(toy.predictor, refused_for=1)
    keypoints.predictor.thresholds = keypoints.predictor.thresholds._replace(bbox=2.0)
    frames = [Frame(CLIPS[0], draw_square("blue"))] * 3
    keypoints(frames, [BOXES] * 3, ONE_VIEW)
    assert toy.predictor.pose.backend.calls == [2, 2, 2]


def test_without_presence_nothing_is_refused(toy, draw_square):
    keypoints = FrameKeypoints(toy.predictor)
    frames = [Frame(CLIPS[0], draw_square("blue"))] * 2
    assert [len(own) for own in keypoints(frames, [BOXES] * 2, ONE_VIEW)] == [2, 2]
    assert toy.predictor.pose.backend.calls == [4]
