"""The peer script around a make-believe ``yolo`` that answers with the labels it was given."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks/peers/yolo_pose.py"
YOLO = """#!{python}
import shutil, sys
from pathlib import Path
settings = dict(word.split("=", 1) for word in sys.argv[3:])
folder = Path(settings["project"]) / settings["name"]
if sys.argv[2] == "train":
    (folder / "weights").mkdir(parents=True)
    (folder / "weights/best.pt").write_text(settings["data"])
else:
    labels = Path(Path(settings["model"]).read_text()).parent / "labels/val"
    (folder / "labels").mkdir(parents=True)
    for picture in Path(settings["source"]).read_text().split():
        label = labels / (Path(picture).stem + ".txt")
        lines = label.read_text().splitlines() if label.exists() else []
        if lines:
            text = "".join(line + " 0.9\\n" for line in lines)
            (folder / "labels" / label.name).write_text(text)
"""


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(SCRIPT), *map(str, arguments)], capture_output=True, text=True
    )


@pytest.fixture
def environment(tmp_path):
    command = tmp_path / "env/bin/yolo"
    command.parent.mkdir(parents=True)
    command.write_text(YOLO.format(python=sys.executable))
    command.chmod(0o755)
    (command.parent / "python").symlink_to(sys.executable)
    return tmp_path / "env"


def test_perfect_answers_are_perfect_in_every_set(tmp_path, drawn_dataset, environment):
    negatives = tmp_path / "negatives"
    negatives.mkdir()
    cv2.imwrite(str(negatives / "none.png"), np.zeros((20, 20, 3), np.uint8))
    out = tmp_path / "out"
    done = run(
        *("--data", drawn_dataset, "--out", out, "--env", environment),
        *("--score", f"drawn={drawn_dataset}", "--negatives", negatives),
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((out / "yolo/drawn/metrics.json").read_text())
    assert report["summary"]["keypoint_AP"] == pytest.approx(1.0)
    assert report["summary"]["box_AP"] == pytest.approx(1.0)
    assert report["summary"]["negatives_with_one"] == 0.0
    assert (out / "yolo/drawn/report.html").is_file()
    comparison = json.loads((out / "comparison.json").read_text())
    assert comparison["scores"]["drawn"]["yolo"]["recall"] == 1.0
    assert comparison["models"]["yolo"]["minutes"] > 0
    assert done.stdout.splitlines()[-1].startswith("| drawn | yolov8s-pose, 416x416 | 1.000 |")
    assert (out / "comparison.md").read_text() in done.stdout


def test_a_training_that_is_done_is_kept(tmp_path, drawn_dataset, environment):
    out = tmp_path / "out"
    common = ("--data", drawn_dataset, "--out", out, "--env", environment)
    assert run(*common).returncode == 0
    first = (out / "yolo/training.json").read_text()
    (out / "yolo/runs/train/weights/best.pt").unlink()
    assert run(*common).returncode == 0
    assert (out / "yolo/training.json").read_text() == first
    assert not (out / "yolo/runs/train/weights/best.pt").exists()
    done = run(*common, "--imgsz", 640)
    assert done.returncode == 2
    assert "is of a training with imgsz 416, now 640 is given" in done.stderr.splitlines()[-1]


def test_bad_arguments_are_one_line(tmp_path, drawn_dataset, environment):
    common = ("--out", tmp_path / "out", "--env", environment)
    done = run("--data", drawn_dataset, *common, "--score", "nameless")
    assert done.returncode == 2 and "NAME=DIR" in done.stderr.splitlines()[-1]
    done = run("--data", tmp_path / "gone", *common)
    assert done.returncode == 2 and "no annotations at" in done.stderr.splitlines()[-1]
