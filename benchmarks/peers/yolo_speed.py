"""Speed of a YOLO pose model at its default size; run by ``surgtools bench`` and ``speed.py``.

The peer's own command ``yolo`` reads the source and predicts, in an environment of its own. It
prints a line per frame or picture, and the time between lines is the time of a frame from file to
instances.
The network has random weights (built from its yaml), which costs the same as trained ones.

Usage: python yolo_speed.py PYTHON SOURCE FRAMES [SCORE_THR [MODEL [SECONDS]]]; prints one line of
JSON.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MODEL, SIDE = "yolov8s-pose.yaml", 640
FRAME = re.compile(r"\(frame (\d+)/\d+\)|^image \d+/\d+ ")

LEAST = 4
"""Frames: the first two do not count."""

LAUNCH = """
import os, runpy, sys
cores = len(os.sched_getaffinity(0))
os.cpu_count = lambda: cores + 1
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Starts ``yolo`` with a thread per core it may use. By itself it takes one less than the machine
has; of more threads than cores each waits for the others."""


def main() -> int:
    python, clip, frames = Path(sys.argv[1]), Path(sys.argv[2]).resolve(), int(sys.argv[3])
    score_thr = sys.argv[4] if len(sys.argv) > 4 else "0.3"
    model = sys.argv[5] if len(sys.argv) > 5 else MODEL
    seconds = float(sys.argv[6]) if len(sys.argv) > 6 else float("inf")
    words = [f"model={model}", f"source={clip}", f"imgsz={SIDE}", f"conf={score_thr}"]
    words += ["device=cpu", "save=False", "verbose=True"]
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "YOLO_CONFIG_DIR": folder,
            "YOLO_OFFLINE": "true",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": "",
        }
        process = subprocess.Popen(
            [str(python), "-c", LAUNCH, str(python.parent / "yolo"), "pose", "predict", *words],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        at = read_times(process, frames, seconds)
        process.kill()
        process.wait()
    if len(at) < LEAST:
        print(f"{clip}: YOLO took {len(at)} frames; {LEAST} are needed", file=sys.stderr)
        return 1
    times = sorted(b - a for a, b in zip(at[1:], at[2:], strict=False))
    figures = {
        "fps": len(times) / sum(times),
        "p50_ms": 1000 * quantile(times, 0.5),
        "p95_ms": 1000 * quantile(times, 0.95),
        "frames": len(at),
    }
    print(json.dumps(figures))
    return 0


def read_times(
    process: subprocess.Popen, frames: int, seconds: float = float("inf")
) -> list[float]:
    """When each of the first ``frames`` frames was done, none long after ``seconds``."""
    at: list[float] = []
    for line in process.stdout:
        if FRAME.search(line):
            at.append(time.perf_counter())
            late = len(at) >= LEAST and at[-1] - at[0] > seconds
            if len(at) == frames or late:
                break
    return at


def quantile(ordered: list[float], share: float) -> float:
    """Of numbers in ascending order, between neighbors in proportion."""
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])


if __name__ == "__main__":
    sys.exit(main())
