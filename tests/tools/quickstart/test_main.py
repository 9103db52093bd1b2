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

from tools.quickstart import sizes
from tools.quickstart.__main__ import measure, run_in_time
from tools.quickstart.steps import Step, StepRunner

ROOT = Path(__file__).resolve().parents[3]

TINY = """
import sys
from dataclasses import replace
from tools.quickstart import sizes
sizes.LEAST = replace(sizes.LEAST, train=4, val=2, detector_epochs=1, pose_epochs=1,
                      adapt_length=4, adapt_frames=2)
sizes.MOST = sizes.LEAST
from tools.quickstart.__main__ import main
sys.exit(main())
"""


def test_the_first_render_decides_how_much_is_trained_and_stays_decided(tmp_path):
    images = tmp_path / "data/val/images"
    code = f"""
import pathlib, time
folder = pathlib.Path({str(images)!r})
folder.mkdir(parents=True)
for i in range(4):
    time.sleep(0.02)
    (folder / f"{{i}}.jpg").touch()
"""
    render = Step("render_val", "Render", "data/val", (sys.executable, "-c", code))
    found = []
    for began in (time.monotonic(), time.monotonic() - sizes.WHOLE_S):
        with StepRunner(tmp_path, 1) as runner:
            found.append(measure(runner, render, sizes.LEAST, None, False, began))
    assert found[0] == found[1]
    assert found[0][0] == sizes.MOST and found[0][1] >= 0.02
    with StepRunner(tmp_path, 1) as runner:
        full = measure(runner, render, sizes.FULL, None, True, time.monotonic())
    assert full == (sizes.FULL, found[0][1])


def test_steps_that_take_long_cost_later_ones_their_size(tmp_path, monkeypatch, capsys):
    ran, clock = [], [0.0]

    def plan(out, images, now):
        words = {
            "render_train": (),
            "detector": (now.detector_epochs,),
            "pose": (now.pose_epochs,),
            "adapt": (now.adapt_length,),
        }
        names = [name for name in words if name != "adapt" or now.adapt_epochs]
        return [Step(name, name, "", words[name]) for name in names]

    class Runner:
        out, markers, number, total = tmp_path, tmp_path, 0, 0

        def run(self, step):
            ran.append((step.name, *step.words))
            self.number += 1
            clock[0] += 5 * step.expected_s if step.name == "render_train" else step.expected_s
            return True

    monkeypatch.setattr("tools.quickstart.__main__.chain", plan)
    monkeypatch.setattr("tools.quickstart.__main__.time.monotonic", lambda: clock[0])
    picture_s = 0.99 * sizes.WHOLE_S / sizes.chain_units(sizes.LEAST)
    runner = Runner()
    done = run_in_time(runner, sizes.LEAST, picture_s, None, 0.0)
    assert ran == [("render_train",), ("detector", 1), ("pose", 1)], "five times as long: no time"
    assert [step.name for step in done] == ["render_train", "detector", "pose"]
    kept, _ = sizes.read(tmp_path / "sizes.json")
    assert (kept.detector_epochs, kept.pose_epochs, kept.adapt_epochs) == (1, 1, 0)
    assert runner.total == 4
    assert "less is learnt, and the models are not adapted (--full does" in capsys.readouterr().out


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
    log = out / "logs/render_train.log"
    while not log.exists() and process.poll() is None:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()

    shown, _ = start(out, images).communicate()
    assert "reused: data/val" in shown and "Summary: " in shown, shown[-3000:]
    assert "going on where it stopped: data/train" in shown
    assert shown.index("results so far: ") < shown.index("Check the installation")
    assert shown.count("takes about") >= 8
    summary = json.loads((out / "metrics/metrics.json").read_text())["summary"]
    assert {"box_AP", "keypoint_AP_gt_boxes", "keypoint_AP_detector_boxes"} <= summary.keys()
    assert "<video" in (out / "index.html").read_text()
    for name in ("samples", "yours_shipped", "yours"):
        assert (out / f"predicted/{name}/predictions.json").exists()
    assert (out / "predicted/rendered/predictions.json").exists()

    again, _ = start(out, images).communicate()
    assert again.count("reused: ") + again.count("skipped: ") == again.count("\n[") - 1
