import numpy as np
import pytest

from surgtools.inference.benchmark import (
    draw_clip,
    measure_frame_by_frame,
    measure_steps,
    measure_whole,
    summarize,
)


def test_percentiles_and_rate_by_hand():
    figures = summarize([0.01, 0.02, 0.03])
    assert figures["p50_ms"] == pytest.approx(20)
    assert figures["p95_ms"] == pytest.approx(29)  # 20 + 0.9 * 10
    assert figures["fps"] == pytest.approx(50)  # 3 frames in 0.06 s
    assert summarize([]) == {"p50_ms": 0, "p95_ms": 0, "fps": 0}


def test_every_step_is_timed_on_every_frame(toy, tmp_path):
    clip = draw_clip(tmp_path / "c.mp4", 6, (320, 240))
    steps = measure_steps(toy, clip, 5)
    assert sorted(steps) == ["decode", "detect", "draw", "pose"]
    assert all(0 < values["p50_ms"] <= values["p95_ms"] for values in steps.values())
    # a frame without detections is posed too, with one box
    assert toy.pose.backend.calls == [1] * 5


def test_whole_counts_frames_and_time(toy, write_video):
    whole = measure_whole(toy, write_video(frames=12), 8)
    assert whole["frames"] == 8
    assert whole["fps_results"] > 0
    assert whole["fps_drawn_video"] > 0


def test_any_function_of_a_picture_can_be_timed():
    seen = []
    figures = measure_frame_by_frame(seen.append, [np.zeros(1)] * 5)
    assert len(seen) == 5
    assert figures["fps"] > 0
