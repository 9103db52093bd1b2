import time

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.benchmark import (
    draw_clip,
    measure_drawn,
    measure_frame_by_frame,
    measure_results,
    measure_steps,
    require_frame,
    summarize_seconds,
)


def test_percentiles_and_rate_by_hand():
    figures = summarize_seconds([0.01, 0.02, 0.03])
    assert figures["p50_ms"] == pytest.approx(20)
    assert figures["p95_ms"] == pytest.approx(29)  # 20 + 0.9 * 10
    assert figures["fps"] == pytest.approx(50)  # 3 frames in 0.06 s
    assert summarize_seconds([]) == {"p50_ms": 0, "p95_ms": 0, "fps": 0}


def test_every_step_is_timed_on_every_frame(toy, tmp_path):
    clip = draw_clip(tmp_path / "c.mp4", 6, (320, 240))
    steps = measure_steps(toy, clip, 5)
    assert sorted(steps) == ["decode", "detect", "draw", "frame", "pose"]
    assert all(0 < values["p50_ms"] <= values["p95_ms"] for values in steps.values())
    assert steps["frame"]["p50_ms"] > max(steps[s]["p50_ms"] for s in ("decode", "detect", "pose"))
    # a frame without detections is posed too, with one box
    assert toy.predictor.pose.backend.calls == [1] * 5


def test_whole_counts_frames_instances_and_time(toy, write_video):
    clip = write_video(frames=12)
    results = measure_results(toy, clip, 8)
    assert (results["frames"], results["instances"]) == (8, 8)
    drawn = measure_drawn(toy, clip, 8)
    assert drawn["frames"] == 8
    assert min(results["fps"], drawn["fps"]) > 0


def test_any_function_of_a_picture_can_be_timed_with_the_reading_of_it():
    def read():
        for i in range(5):
            time.sleep(0.01 if i < 4 else 0)
            yield np.full(1, i)

    seen = []
    figures = measure_frame_by_frame(seen.append, read())
    assert [int(image[0]) for image in seen] == [0, 1, 2, 3, 4]
    assert figures["frames"] == 5
    assert figures["p50_ms"] > 9  # the third to fifth frame took 10, 10 and 0 ms
    assert figures["fps"] < 3 / 0.02


def test_a_source_of_nothing_is_refused_with_the_reason(tmp_path):
    with pytest.raises(InputError, match="absent.mp4: no such file"):
        require_frame(tmp_path / "absent.mp4")
    (tmp_path / "broken.jpg").write_text("no picture")
    with pytest.raises(InputError, match="broken.jpg: "):
        require_frame(tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty: "):
        require_frame(tmp_path / "empty")
