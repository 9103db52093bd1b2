"""What the quickstart does: the pipeline of the README with budgets that 2 cores can afford."""

import re
import sys
from pathlib import Path

from tools.quickstart.steps import Step

PRESET = "tabletop"
NUM_TRAIN, NUM_VAL, NUM_VIDEO_FRAMES = 320, 48, 60
DETECTOR = "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
POSE = "configs/pose/rtmpose-t_60e_instruments-256x256.py"
DETECTOR_EPOCHS, POSE_EPOCHS = 12, 20
SEED = 1
SOME_UNUSABLE = 3
"""Exit code of `predict` when it left out pictures that it could not read."""

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")


def plan(out: Path, images: Path | None) -> list[Step]:
    """The steps in order, for an output folder and perhaps a folder of the user's pictures."""
    data, video = out / "data", out / "video"
    detector = (DETECTOR, str(out / f"detector/epoch_{DETECTOR_EPOCHS}.pth"))
    pose = (POSE, str(out / f"pose/epoch_{POSE_EPOCHS}.pth"))
    models = [
        *("--det-model", detector[0], "--det-weights", detector[1]),
        *("--pose2d", pose[0], "--pose2d-weights", pose[1]),
    ]
    render = ["generate", PRESET, "--out", data, "--layers"]
    clip = ["generate", PRESET, "--out", video, "--split", "test"]
    steps = [
        surgtools("doctor", "Check the installation", "", ["doctor"]),
        surgtools(
            "render_train",
            f"Render {NUM_TRAIN} pictures to train on",
            "data/train",
            [*render, "--split", "train", "--num", NUM_TRAIN, "--seed", SEED],
        ),
        surgtools(
            "render_val",
            f"Render {NUM_VAL} pictures to score on",
            "data/val",
            [*render, "--split", "val", "--num", NUM_VAL, "--seed", SEED + 1],
        ),
        surgtools(
            "render_video",
            f"Render a video of {NUM_VIDEO_FRAMES} frames",
            "video",
            [*clip, "--num", NUM_VIDEO_FRAMES, "--video", NUM_VIDEO_FRAMES, "--seed", SEED + 2],
        ),
        train("detector", "Train the detector, RTMDet-tiny", DETECTOR, DETECTOR_EPOCHS, out),
        train("pose", "Train the pose model, RTMPose-t", POSE, POSE_EPOCHS, out),
        surgtools(
            "test",
            "Score both on rendered pictures that they have not seen",
            "metrics",
            ["test", *pose, "--detector", *detector, "--data", data, "--work-dir"]
            + [out / "metrics"],
            needs=("detector", "pose", "render_val"),
        ),
        surgtools(
            "predict_val",
            "Annotate the rendered pictures",
            "predicted/rendered",
            ["predict", data / "val/images", "--out-dir", out / "predicted/rendered", *models],
            needs=("detector", "pose", "render_val"),
        ),
        surgtools(
            "predict_video",
            "Annotate the rendered video",
            "predicted/video",
            ["predict", video / "test/*.mp4", "--out-dir", out / "predicted/video", *models],
            needs=("detector", "pose", "render_video"),
        ),
    ]
    if images:
        steps.append(
            surgtools(
                "predict_images",
                f"Annotate the pictures in {images}",
                "predicted/yours",
                ["predict", images, "--out-dir", out / "predicted/yours", *models],
                needs=("detector", "pose"),
                inputs=tuple(p for p in images.rglob("*") if p.suffix.lower() in PICTURES),
                good_codes=(0, SOME_UNUSABLE),
            )
        )
    return steps


def surgtools(name: str, title: str, folder: str, words: list, **options) -> Step:
    """A step that runs ``surgtools WORDS`` in this interpreter's environment."""
    command = (sys.executable, "-m", "surgtools", *map(str, words))
    return Step(name, title, folder, command, **options)


def train(name: str, title: str, config: str, epochs: int, out: Path) -> Step:
    """A training that goes on from its latest checkpoint when it was cut off."""
    words = ["train", config, "--data", out / "data", "--work-dir", out / name, "--resume"]
    words += ["--epochs", epochs, "--seed", SEED]
    needs = ("render_train", "render_val")
    title = f"{title}, for {epochs} epochs"
    return surgtools(name, title, name, words, needs=needs, show=training_line)


_TRAIN_LINE = re.compile(
    r"Epoch\(train\) +\[(?P<epoch>\d+)\]\[ *(?P<iteration>\d+)/(?P<total>\d+)\].*"
    r" eta: (?P<eta>.+?)  .*? loss: (?P<loss>[\d.]+|nan)"
)
_SCORE_LINE = re.compile(r"Epoch\(val\) +\[(?P<epoch>\d+)\]\[.*? (?P<name>\w+/AP): (?P<score>\S+)")


def training_line(line: str) -> str | None:
    """The hosts' log line in short; None for what is of no use while waiting."""
    if match := _TRAIN_LINE.search(line):
        return (
            f"epoch {match['epoch']}, iteration {match['iteration']}/{match['total']}: "
            f"loss {float(match['loss']):.3f}, {match['eta']} left"
        )
    if match := _SCORE_LINE.search(line):
        return f"epoch {match['epoch']}: {match['name']} {float(match['score']):.3f} on data/val"
    if "surgtools train:" in line or "Resumed" in line:
        return line.split(" - INFO - ")[-1]
    return None
