"""The whole chain with tiny budgets: killed half-way, gone on with, and reused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[3]

TINY = """
import sys
from tools.quickstart import story
story.NUM_TRAIN, story.NUM_VAL, story.NUM_VIDEO_FRAMES = 4, 2, 3
story.DETECTOR_EPOCHS = story.POSE_EPOCHS = 1
story.ADAPT_EPOCHS, story.ADAPT_LENGTH, story.ADAPT_FRAMES = 1, 4, 2
from tools.quickstart.__main__ import main
sys.exit(main())
"""


def start(out: Path, images: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", TINY, "--out", str(out), "--images", str(images)],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.mark.slow
@pytest.mark.blender
def test_killed_run_goes_on_to_the_end_and_a_second_one_reuses_it(tmp_path):
    images, out = tmp_path / "mine", tmp_path / "out"
    images.mkdir()
    picture = np.full((120, 160, 3), 90, np.uint8)
    cv2.imwrite(str(images / "a.jpg"), cv2.line(picture, (20, 100), (140, 20), (230,) * 3, 5))

    process = start(out, images)
    log = out / "logs/render_val.log"
    while not log.exists() and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    shown, _ = start(out, images).communicate()
    assert "reused: data/train" in shown and "Summary: " in shown, shown[-3000:]
    assert "going on where it stopped: data/val" in shown
    summary = json.loads((out / "metrics/metrics.json").read_text())["summary"]
    assert {"box_AP", "keypoint_AP_gt_boxes", "keypoint_AP_detector_boxes"} <= summary.keys()
    assert "<video" in (out / "index.html").read_text()
    assert (out / "predicted/yours/predictions.json").exists()
    assert (out / "predicted/rendered/predictions.json").exists()

    again, _ = start(out, images).communicate()
    assert again.count("reused: ") + again.count("skipped: ") == again.count("\n[") - 1
