"""The peer script around a make-believe ``yolo`` that prints a line per frame."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks/peers/yolo_speed.py"
YOLO = """#!{python}
import sys, time
assert sys.argv[1:3] == ["pose", "predict"] and "imgsz=640" in sys.argv
print("model summary")
for frame in range(1, {frames} + 1):
    time.sleep(0.05)
    print(f"video 1/1 (frame {{frame}}/{frames}) clip.mp4: 384x640 (no detections), 9.9ms")
if {frames} > 5:
    time.sleep(60)
    open(sys.argv[0] + ".went_on", "w").close()
"""


def run(folder: Path, frames: int, take: int, *more: str) -> subprocess.CompletedProcess:
    (folder / "yolo").write_text(YOLO.format(python=sys.executable, frames=frames))
    (folder / "python").symlink_to(sys.executable)
    words = [sys.executable, str(SCRIPT), str(folder / "python"), "clip.mp4", str(take), *more]
    return subprocess.run(words, capture_output=True, text=True)


def test_the_time_of_a_frame_is_the_time_between_lines(tmp_path):
    done = run(tmp_path, frames=8, take=6)
    assert not (tmp_path / "yolo.went_on").exists(), "it ends after six, not with the peer"
    figures = json.loads(done.stdout)
    assert figures["frames"] == 6
    assert 50 <= figures["p50_ms"] <= figures["p95_ms"]
    assert 0 < figures["fps"] <= 20 * 1.05, "a busy machine is slower, none is faster"


def test_it_ends_after_the_time_that_it_is_given(tmp_path):
    done = run(tmp_path, 5, 100, "0.3", "yolo26s-pose.yaml", "0")
    assert json.loads(done.stdout)["frames"] == 4, "fewer say nothing"


def test_too_few_frames_are_said_in_one_line(tmp_path):
    done = run(tmp_path, frames=2, take=6)
    assert done.returncode == 1
    assert "YOLO took 2 frames" in done.stderr
    assert done.stderr.count("\n") == 1
