"""Training learns what can be learnt, and nothing else; what is found can be read as labels."""

from types import SimpleNamespace

import numpy as np
import pytest

from surgtools.gestures.labels import frame_labels, read_label_file
from surgtools.gestures.run import find_segments, write_segments
from surgtools.gestures.seen_videos import SeenVideo

LUCK = 0.15
"""What a few videos may lie off chance by."""


def test_scripted_gestures_are_learnt_and_labels_shuffled_in_time_are_not(scripted, tmp_path):
    small = {"channels": 16, "layers": 5, "stages": 1, "dropout": 0.0}
    scores = {
        kind: scripted.trial(tmp_path / kind, kind, 10, 50, 0, 0, **small)
        for kind in ("clean", "shuffled")
    }
    for path in tmp_path.rglob("predictions.json"):
        path.unlink()  # tests of smaller files look at its form, which takes long for these
    clean, shuffled = scores["clean"], scores["shuffled"]
    assert clean["frame_accuracy"] > clean["most_frequent"] + 0.3, scores
    assert shuffled["frame_accuracy"] < shuffled["most_frequent"] + LUCK, scores


class SayingModel:
    """Stands in for a ``GestureModel`` that says these labels, one for each moment."""

    def __init__(self, told):
        labels = sorted({*told, "none"})
        self.settings = SimpleNamespace(labels=labels, frame_rate=10.0, whole=False)
        self._odds = np.array([[float(label == own) for own in told] for label in labels])

    def probabilities(self, video):
        return self._odds


def video(times):
    frames = [[{"category_name": "tweezers"}]] * len(times)
    return SeenVideo("a.mp4", np.array(times, float), np.arange(len(times)), frames, 100.0)


@pytest.mark.parametrize("times", [np.arange(3), np.arange(75) / 25])
def test_what_is_found_is_a_label_file_however_slow_the_video_is(tmp_path, times):
    model = SayingModel(["tie"] * 2 + ["cut"] * 2 + ["none"] + ["tie"] * 25)
    write_segments(find_segments(model, video(times)), model, tmp_path)
    labels = read_label_file(tmp_path / "segments.csv")
    assert [s.label for s in labels.segments["a.mp4"]] == ["tie", "cut", "tie"]
    told = frame_labels(labels, "a.mp4", video(times), 10.0)
    if len(times) > 30:  # a slow one shows one frame at several moments
        assert told == ["tie"] * 2 + ["cut"] * 2 + ["none"] + ["tie"] * 25
