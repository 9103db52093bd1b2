import numpy as np
import pytest

from surgtools.prediction.detection import detect, interpolate_boxes
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.sources import Frame, Source


def boxes(*rows, category=1, score=0.9) -> Boxes:
    count = len(rows)
    xyxy = np.array(rows, np.float32).reshape(-1, 4)
    return Boxes(xyxy, np.full(count, score, np.float32), np.full(count, category))


class Counting:
    """A detector whose box moves 10 pixels per frame, and that notes what it was shown."""

    def __init__(self):
        self.seen = []

    def __call__(self, frames):
        numbers = [int(frame.image[0, 0, 0]) for frame in frames]
        self.seen += numbers
        return [boxes([10 * n, 0, 10 * n + 100, 50]) for n in numbers]


def clip(count: int, source: str = "v.mp4", kind: str = "video") -> list[Frame]:
    origin = Source(source, kind, source)
    return [Frame(origin, np.full((2, 2, 3), i, np.uint8), i, i / 25) for i in range(count)]


def run(frames, interval, batch=3):
    detector = Counting()
    groups = [frames[i : i + batch] for i in range(0, len(frames), batch)]
    pairs = [
        (f, b)
        for group, found in detect(groups, detector, interval)
        for f, b in zip(group, found, strict=True)
    ]
    return detector, [f.frame_id for f, _ in pairs], [float(b.xyxy[0, 0]) for _, b in pairs]


@pytest.mark.parametrize("batch", [1, 3, 8, 20])
def test_frames_between_detections_are_interpolated(batch):
    detector, order, lefts = run(clip(10), interval=4, batch=batch)
    assert detector.seen == [0, 4, 8]
    assert order == list(range(10))
    # exact up to the last detection at frame 8; frame 9 keeps its boxes
    assert lefts == pytest.approx([0, 10, 20, 30, 40, 50, 60, 70, 80, 80])


def test_interval_one_shows_every_frame_to_the_detector():
    detector, _, lefts = run(clip(5), interval=1)
    assert detector.seen == [0, 1, 2, 3, 4]
    assert lefts == [0, 10, 20, 30, 40]


def test_videos_are_not_interpolated_into_each_other_and_pictures_never():
    detector, order, lefts = run([*clip(3, "a.mp4"), *clip(3, "b.mp4")], interval=4)
    assert detector.seen == [0, 0]
    assert lefts == [0] * 6
    assert order == [0, 1, 2, 0, 1, 2]
    pictures = [clip(1, f"{i}.jpg", "image")[0] for i in range(3)]
    assert run(pictures, interval=4)[0].seen == [0, 0, 0]


def test_a_box_without_partner_stays_while_its_detection_is_nearer():
    before, after = boxes([0, 0, 10, 10]), boxes([0, 0, 10, 10], [50, 50, 60, 60])
    assert len(interpolate_boxes(before, after, 0.25)) == 1
    assert len(interpolate_boxes(before, after, 0.75)) == 2


def test_categories_are_not_paired():
    before, after = boxes([0, 0, 10, 10]), boxes([0, 0, 10, 10], category=2)
    assert interpolate_boxes(before, after, 0.25).category_ids.tolist() == [1]
    assert interpolate_boxes(before, after, 0.75).category_ids.tolist() == [2]
    assert len(interpolate_boxes(Boxes(), Boxes(), 0.5)) == 0
