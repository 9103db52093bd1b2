"""Frames to boxes: pictures together, the frames of a video one by one where something zooms."""

import pytest

from surgtools.prediction.frame_detector import FrameDetector
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.sources import Frame, Source
from surgtools.prediction.thresholds import Thresholds

PICTURE = Source("a.png", "image", "a")
CLIPS = Source("b.mp4", "video", "b"), Source("c.mp4", "video", "c")


@pytest.fixture
def detector_of(toy):
    """A frame detector of the toy networks; ``zoom`` as of the predictor."""
    networks = toy.predictor.detector.backend, toy.predictor.pose.backend
    toy.predictor.detector.backend.calls.clear()

    def make(zoom="off"):
        return FrameDetector(Predictor.of_networks(*networks, Thresholds(0.4), zoom=zoom))

    return make


def test_frames_go_through_the_detector_together(detector_of, toy, draw_square):
    detector = detector_of()
    boxes = detector([Frame(source, draw_square("blue")) for source in (PICTURE, *CLIPS)])
    assert [own.category_ids.tolist() for own in boxes] == [[1], [1], [1]]
    assert toy.predictor.detector.backend.calls == [3]


def test_a_zooming_detector_follows_each_video_and_no_picture(detector_of, toy, draw_square):
    detector, calls = detector_of(zoom=2), toy.predictor.detector.backend.calls

    def cost(*frames):
        before = sum(calls)
        assert [len(own) for own in detector([Frame(s, draw_square("blue")) for s in frames])] == [
            1
        ] * len(frames)
        return sum(calls) - before

    first, second = CLIPS
    assert cost(PICTURE, PICTURE) == 10, "each whole and in four parts"
    assert cost(first, first, first) == 5 + 1 + 1, "followed after the first frame"
    assert cost(first) == 1
    assert cost(second, second) == 5 + 1, "another video begins anew"
    assert cost(first, PICTURE) == 10, "a picture among them: none is followed"


def test_boxes_go_down_to_what_counts_in_several_views(detector_of):
    assert detector_of().floor == pytest.approx(0.2)
