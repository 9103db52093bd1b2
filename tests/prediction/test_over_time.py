import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.over_time import VideoSettings, over_time
from surgtools.prediction.results import FrameResult, Instance

ONES = np.ones(5)


def frame(t: int, kind: str = "video", stem: str = "a", noise: float = 0.0) -> FrameResult:
    keypoints = np.full((5, 2), 50.0) + noise * (-1) ** t
    instance = Instance(1, np.array([0.0, 0, 99, 99]), 0.9, keypoints, ONES, ONES)
    return FrameResult(stem, kind, 100, 100, [instance], frame_id=t, time_s=t / 25, stem=stem)


def spread(results: list[FrameResult]) -> float:
    return float(np.std([r.instances[0].keypoints[0, 0] for r in results[10:]]))


def test_trembling_keypoints_come_out_steadier_and_only_when_asked():
    shaken = [frame(t, noise=1.0) for t in range(30)]
    raw = list(over_time(shaken, VideoSettings(smooth=False)))
    assert spread(raw) == 1.0
    assert spread(list(over_time(shaken, VideoSettings()))) < 0.5


def test_pictures_and_untracked_video_pass_unchanged():
    pictures = [frame(t, kind="image") for t in range(3)]
    assert list(over_time(pictures, VideoSettings())) == pictures
    frames = [frame(t) for t in range(3)]
    assert list(over_time(frames, VideoSettings(track=False))) == frames


def test_every_video_counts_its_tracks_from_one():
    frames = [frame(t, stem=stem) for stem in "ab" for t in range(3)]
    results = over_time(frames, VideoSettings())
    assert [r.instances[0].track_id for r in results] == [1] * 6
    assert list(over_time([], VideoSettings())) == []


@pytest.mark.parametrize("name", ["det_interval", "stride", "max_frames", "refused_for"])
def test_numbers_below_one_are_refused(name):
    with pytest.raises(InputError, match=f"{name} 0 given; 1 or more is expected"):
        VideoSettings(**{name: 0})
