"""The tracking benchmark around a make-believe inferencer that knows the labels."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import tracking
from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.prediction import VideoSettings
from surgtools.prediction.results import FrameResult, Instance
from surgtools.prediction.video_writer import VideoWriter

FRAMES = 10


def keypoints_at(t: int) -> np.ndarray:
    """(5, 2) of needle holder 0 in frame ``t``, moving 2 pixels per frame."""
    shape = np.array([[30, 40], [12, 70], [24, 8], [48, 70], [36, 8]])
    return shape + [2.0 * t, 0]


@pytest.fixture
def clips(tmp_path) -> Path:
    """Two clips at 25 frames per second with one needle holder each."""
    split = tmp_path / "test"
    builder = CocoBuilder({})
    for clip in range(2):
        with VideoWriter(split / f"clip_{clip:04d}.mp4", fps=25) as writer:
            for t in range(FRAMES):
                writer.write(np.full((80, 96, 3), 90, np.uint8), t / 25)
                name = f"{clip * FRAMES + t:06d}.jpg"
                image_id = builder.add_image(name, 96, 80, video_id=clip + 1, frame_id=t)
                labelled = np.column_stack([keypoints_at(t), np.full(5, 2)])
                box = [12 + 2 * t, 8, 36, 62]
                builder.add_annotation(image_id, 1, labelled, box, track_id=100 * clip + 1)
    builder.write(split / "coco_keypoints.json")
    return tmp_path


def answer(source, video: VideoSettings):
    """Exact at rest, trembling by a pixel without smoothing; clip 1 changes its id once."""
    for t in range(FRAMES):
        keypoints = keypoints_at(t) + (0 if video.smooth else (-1) ** t)
        bbox = np.array([12 + 2 * t, 8, 48 + 2 * t, 70], float)
        track_id = 2 if source.stem == "clip_0001" and t >= 5 else 1
        ones = np.ones(5)
        instance = Instance(1, bbox, 1.0, keypoints, ones, ones, track_id)
        yield FrameResult(str(source), "video", 96, 80, [instance], frame_id=t)


def test_rows_by_hand(clips):
    still, steady = tracking.measure(answer, tracking.find_clips(clips / "test"), [1])
    assert still["frames"] == steady["frames"] == 2 * FRAMES
    assert still["seconds"] == pytest.approx(0.8)
    # clip 1: one found track covers half of it; 2 * (10 + 5) / (20 + 20); one switch in 0.8 s
    assert still["idf1"] == pytest.approx(0.75)
    assert still["switches_per_minute"] == pytest.approx(60 / 0.8)
    # both coordinates tremble by 1: errors of sqrt(2), second differences of 4 sqrt(2)
    assert still["keypoint_px"] == pytest.approx(2**0.5)
    assert still["jitter_px"] == pytest.approx(4 * 2**0.5)
    assert (steady["keypoint_px"], steady["jitter_px"]) == pytest.approx((0, 0))
    assert steady["keypoint_AP"] == pytest.approx(1)


def test_table_has_a_line_per_setting(clips):
    rows = tracking.measure(answer, tracking.find_clips(clips / "test"), [1, 4])
    lines = tracking.to_markdown(rows).splitlines()
    assert len(lines) == 2 + 4
    assert {line.count("|") for line in lines} == {len(tracking.COLUMNS) + 3}
    assert lines[-1].startswith("| 4 frames | on | 0.750 | 1 | 75.000 |")


def test_a_folder_without_clips_is_named(tmp_path):
    CocoBuilder({}).write(tmp_path / "coco_keypoints.json")
    with pytest.raises(InputError, match="holds no clips"):
        tracking.find_clips(tmp_path)
