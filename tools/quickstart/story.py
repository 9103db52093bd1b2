"""What the quickstart does: the pipeline of the README with budgets that 2 cores can afford."""

import re
import sys
from pathlib import Path

from surgtools import zoo
from surgtools.prediction.models import one_network
from tools.cores import available_cores
from tools.quickstart.steps import Step

PRESET = "tabletop"
NUM_TRAIN, NUM_VAL, NUM_VIDEO_FRAMES = 320, 48, 60
DETECTOR = "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
POSE = "configs/pose/rtmpose-s_60e_instruments-256x256.py"
DETECTOR_EPOCHS, POSE_EPOCHS = 12, 14
LEARNING_RATE = 5e-4
"""Below that of the configs: the trainings start from the shipped weights."""
ADAPT_EPOCHS, ADAPT_LENGTH, ADAPT_FRAMES = 2, 160, 150
SEED = 1

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
SOME_UNUSABLE = 3
"""Exit code of `predict` when it left out pictures that it could not read."""
ROLLED_BACK = 1
"""Exit code of `adapt` that is no failure of the quickstart."""
NOTHING_TO_LEARN = ("are needed to learn from", "could be held out; the guards need")
"""What `adapt` says of pictures that are too few or of which too little is certain. Neither is a
failure of the quickstart."""


def plan(out: Path, images: Path | None) -> list[Step]:
    """The steps in order, for an output folder and perhaps a folder of the user's pictures."""
    detector = (DETECTOR, out / f"detector/epoch_{DETECTOR_EPOCHS}.pth")
    pose = (POSE, out / f"pose/epoch_{POSE_EPOCHS}.pth")
    trained = model_words(*detector, *pose)
    steps = [
        surgtools("doctor", "Check the installation", "", ["doctor"]),
        *render(out),
        train("detector", "Train the detector, RTMDet-tiny", zoo.FAST_DETECTOR, out),
        train("pose", "Train the pose model, RTMPose-s", zoo.FAST_POSE, out),
        surgtools(
            "test",
            "Score both on rendered pictures that they have not seen",
            "metrics",
            ["test", *pose, "--detector", *detector]
            + ["--data", out / "data", "--work-dir", out / "metrics"],
            needs=("detector", "pose"),
        ),
        surgtools(
            "predict_rendered",
            "Annotate the rendered pictures",
            "predicted/rendered",
            [
                "predict",
                out / "data/val/images",
                "--out-dir",
                out / "predicted/rendered",
                *trained,
            ],
            needs=("detector", "pose"),
        ),
        surgtools(
            "predict_video",
            "Annotate the rendered video",
            "predicted/video",
            ["predict", out / "video/test/*.mp4", "--out-dir", out / "predicted/video", *trained],
            needs=("detector", "pose", "render_video"),
        ),
    ]
    return steps + (annotate(images, out, trained) if images else [])


def render(out: Path) -> list[Step]:
    """Pictures to train on, pictures to score on, and a video."""

    def generate(name: str, title: str, split: str, num: int, seed: int, *more) -> Step:
        folder = "video" if more else "data"
        words = ["generate", PRESET, "--out", out / folder, "--split", split, "--num", num]
        words += ["--seed", seed, *more]
        workers = ("--workers", str(available_cores()))
        return surgtools(name, title, f"{folder}/{split}", words, how=workers)

    clip = ("--video", NUM_VIDEO_FRAMES)
    return [
        generate(
            "render_train", f"Render {NUM_TRAIN} pictures to train on", "train", NUM_TRAIN, SEED
        ),
        generate("render_val", f"Render {NUM_VAL} pictures to score on", "val", NUM_VAL, SEED + 1),
        surgtools(
            "samples",
            "Draw the labels of some",
            "samples",
            ["data", "overlay", out / "data/train/coco_keypoints.json", "--num", 12]
            + ["--out-dir", out / "samples"],
            needs=("render_train",),
        ),
        generate("render_video", "Render a video", "test", NUM_VIDEO_FRAMES, SEED + 2, *clip),
    ]


def annotate(images: Path, out: Path, trained: list) -> list[Step]:
    """The user's pictures: found by the shipped models and by those just trained, then adapted to
    and found again."""
    inputs = tuple(sorted(p for p in images.rglob("*") if p.suffix.lower() in PICTURES))
    adapted = out / "adapted"

    def predict(name: str, title: str, models: list, **options) -> Step:
        folder = f"predicted/{name}"
        words = ["predict", images, "--out-dir", out / folder, *models]
        codes = (0, SOME_UNUSABLE)
        return surgtools(name, title, folder, words, inputs=inputs, good_codes=codes, **options)

    return [
        predict("yours_shipped", "Annotate your pictures with the shipped models", []),
        predict(
            "yours",
            "Annotate your pictures with the models just trained",
            trained,
            needs=("detector", "pose"),
        ),
        surgtools(
            "adapt",
            "Adapt the models just trained to your pictures, without labels",
            "adapted",
            ["adapt", images, "--out", adapted, "--source", out / "data", *trained]
            + ["--epochs", ADAPT_EPOCHS, "--epoch-length", ADAPT_LENGTH]
            + ["--max-frames", ADAPT_FRAMES, "--seed", SEED],
            needs=("detector", "pose"),
            inputs=inputs,
            good_codes=(0, ROLLED_BACK),
            good_messages=NOTHING_TO_LEARN,
        ),
        predict(
            "yours_adapted",
            "Annotate your pictures with the adapted models",
            model_words(
                *(adapted / "detector.py", adapted / "detector.pth"),
                *(adapted / "pose.py", adapted / "pose.pth"),
            ),
            needs=("adapt",),
            requires=adapted / "pose.pth",
        ),
    ]


def surgtools(name: str, title: str, folder: str, words: list, **options) -> Step:
    """A step that runs ``surgtools WORDS`` in this interpreter's environment."""
    command = (sys.executable, "-m", "surgtools", *map(str, words))
    return Step(name, title, folder, command, **options)


def model_words(det_model, det_weights, pose2d, pose2d_weights) -> list:
    """The model arguments of ``predict`` and ``adapt``."""
    return ["--det-model", det_model, "--det-weights", det_weights] + [
        *("--pose2d", pose2d, "--pose2d-weights", pose2d_weights)
    ]


def train(name: str, title: str, alias: str, out: Path) -> Step:
    """A training from the shipped weights; it goes on from its latest checkpoint when cut off."""
    detector = alias == zoo.FAST_DETECTOR
    config, epochs = (DETECTOR, DETECTOR_EPOCHS) if detector else (POSE, POSE_EPOCHS)
    words = ["train", config, "--data", out / "data", "--work-dir", out / name, "--resume"]
    words += ["--epochs", epochs, "--seed", SEED, "--cfg-options"]
    words += [f"load_from={one_network(alias)[1]}"]
    words += [f"optim_wrapper.optimizer.lr={LEARNING_RATE}"]
    needs = ("render_train", "render_val")
    title = f"{title}, for {epochs} epochs on from the shipped weights"
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
