"""What the quickstart does: the pipeline of the README with budgets that 2 cores can afford.

``look`` shows what the shipped models find, ``check`` measures the machine by a first render, and
``chain`` renders, trains, scores and adapts.
"""

import sys
from dataclasses import replace
from pathlib import Path

from surgtools import zoo
from surgtools.prediction.models import one_network
from surgtools.samples import SAMPLES, clip, pictures
from tools.cores import available_cores
from tools.quickstart.sizes import FULL, Sizes, units
from tools.quickstart.steps import Step
from tools.quickstart.training_lines import training_line

PRESET = "tabletop"
DETECTOR = "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
POSE = "configs/pose/rtmpose-s_60e_instruments-256x256.py"
LEARNING_RATE = 5e-4
"""Below that of the configs: the trainings start from the shipped weights."""
SEED = 1

PICTURES = (".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp")
SOME_UNUSABLE = 3
"""Exit code of `predict` when it left out pictures that it could not read."""
ROLLED_BACK = 1
"""Exit code of `adapt` that is no failure of the quickstart."""
NOTHING_TO_LEARN = (
    "are needed to learn from",
    "could be held out; the guards need",
    "source predictions, thresholds need",
)
"""What `adapt` says of pictures that are too few or of which too little is certain, and of a model
that has learnt too little. None is a failure of the quickstart."""


def look(out: Path, images: Path | None) -> list[Step]:
    """The shipped models on the sample pictures, on the user's where there are some, on the clip.

    They run without torch, which starts sooner.
    """
    shipped = ["--models", "general-onnx"]
    found = out / "predicted"
    title = "Annotate the sample {} with the shipped models"
    return [
        predict("samples", title.format("pictures"), pictures(), found / "samples", shipped),
        *(yours("yours_shipped", "shipped models", images, out, shipped) if images else []),
        predict(
            "sample_clip",
            title.format("clip"),
            [clip()],
            found / "sample_clip",
            ["--models", "fast-onnx"],
        ),
    ]


def check(out: Path, sizes: Sizes) -> list[Step]:
    """The installation, and a first render, whose time tells how fast the machine is."""
    return [
        surgtools("doctor", "Check the installation", "", ["doctor"]),
        generate(out, "val", f"Render {sizes.val} pictures to score on", sizes.val, SEED + 1),
    ]


def chain(out: Path, images: Path | None, sizes: Sizes) -> list[Step]:
    """Everything after the first render, for an output folder and perhaps the user's pictures."""
    detector = (DETECTOR, out / f"detector/epoch_{sizes.detector_epochs}.pth")
    pose = (POSE, out / f"pose/epoch_{sizes.pose_epochs}.pth")
    trained = model_words(*detector, *pose)
    title = f"Render {sizes.train} pictures to train on"
    return [
        generate(out, "train", title, sizes.train, SEED),
        surgtools(
            "labels",
            "Draw the labels of some",
            "labels",
            ["data", "overlay", out / "data/train/coco_keypoints.json", "--num", 12]
            + ["--out-dir", out / "labels"],
            needs=("render_train",),
        ),
        *video(out, sizes),
        train("detector", "Train the detector, RTMDet-tiny", zoo.FAST_DETECTOR, out, sizes),
        train("pose", "Train the pose model, RTMPose-s", zoo.FAST_POSE, out, sizes),
        surgtools(
            "test",
            "Score both on rendered pictures that they have not seen, in one view",
            "metrics",
            ["test", *pose, "--detector", *detector]
            + ["--data", out / "data", "--work-dir", out / "metrics", "--no-tta"],
            needs=("detector", "pose", "render_val"),
        ),
        predict(
            "predict_rendered",
            "Annotate the rendered pictures with the models just trained",
            [out / "data/val/images"],
            out / "predicted/rendered",
            trained,
            needs=("detector", "pose", "render_val"),
        ),
        annotate_video(out, sizes, trained),
        *adapt(out, images, sizes, trained),
    ]


def video(out: Path, sizes: Sizes) -> list[Step]:
    """A rendered video, where one is asked for; otherwise the sample clip has to do."""
    frames = sizes.video_frames
    if not frames:
        return []
    more = ("--video", frames)
    return [generate(out, "test", "Render a video", frames, SEED + 2, *more, folder="video")]


def annotate_video(out: Path, sizes: Sizes, trained: list) -> Step:
    """The rendered video or the sample clip, with the models just trained."""
    rendered = sizes.video_frames > 0
    return predict(
        "predict_video",
        f"Annotate the {'rendered video' if rendered else 'sample clip'} with them",
        [out / "video/test/*.mp4"] if rendered else [clip()],
        out / "predicted/video",
        trained,
        needs=("detector", "pose", "render_video") if rendered else ("detector", "pose"),
    )


def adapt(out: Path, images: Path | None, sizes: Sizes, trained: list) -> list[Step]:
    """The trained models adapt to the user's pictures, or to the samples, and find them again."""
    target, whose = (images, "your pictures") if images else (SAMPLES, "the samples")
    inputs = find_inputs(images)
    adapted = out / "adapted"
    models = model_words(
        *(adapted / "detector.py", adapted / "detector.pth"),
        *(adapted / "pose.py", adapted / "pose.pth"),
    )
    before = yours("yours", "models just trained", images, out, trained) if images else []
    before = [replace(step, needs=("detector", "pose")) for step in before]
    if not sizes.adapt_epochs:  # there is no time for it
        return before
    return [
        *before,
        surgtools(
            "adapt",
            f"Adapt the models just trained to {whose}, without labels",
            "adapted",
            ["adapt", target, "--out", adapted, "--source", out / "data", *trained]
            + ["--epochs", sizes.adapt_epochs, "--epoch-length", sizes.adapt_length]
            + ["--max-frames", sizes.adapt_frames, "--seed", SEED],
            needs=("detector", "pose", "render_val"),
            inputs=inputs,
            good_codes=(0, ROLLED_BACK),
            good_messages=NOTHING_TO_LEARN,
        ),
        predict(
            "adapted",
            f"Annotate {whose} with the adapted models",
            [images] if images else [*pictures(), clip()],
            out / "predicted/adapted",
            models,
            inputs=inputs,
            needs=("adapt",),
            requires=adapted / "pose.pth",
        ),
    ]


def yours(name: str, models: str, images: Path, out: Path, words: list) -> list[Step]:
    """The user's pictures, as the named models find them."""
    title = f"Annotate your pictures with the {models}"
    step = predict(name, title, [images], out / "predicted" / name, words)
    return [replace(step, inputs=find_inputs(images))]


def find_inputs(images: Path | None) -> tuple[Path, ...]:
    """The user's pictures, whose change makes steps run again."""
    found = images.rglob("*") if images else ()
    return tuple(sorted(path for path in found if path.suffix.lower() in PICTURES))


def predict(name: str, title: str, what: list, folder: Path, models: list, **options) -> Step:
    """A step that annotates; pictures that cannot be read are left out."""
    words = ["predict", *what, "--out-dir", folder, *models]
    kept = f"predicted/{folder.name}"
    return surgtools(name, title, kept, words, good_codes=(0, SOME_UNUSABLE), **options)


def generate(
    out: Path, split: str, title: str, num: int, seed: int, *more, folder: str = "data"
) -> Step:
    """A step that renders."""
    words = ["generate", PRESET, "--out", out / folder, "--split", split, "--num", num]
    words += ["--seed", seed, *more]
    workers = ("--workers", str(available_cores()))
    name = f"render_{'video' if more else split}"
    return surgtools(name, title, f"{folder}/{split}", words, how=workers)


def surgtools(name: str, title: str, folder: str, words: list, **options) -> Step:
    """A step that runs ``surgtools WORDS`` in this interpreter's environment."""
    command = (sys.executable, "-m", "surgtools", *map(str, words))
    return Step(name, title, folder, command, **options)


def model_words(det_model, det_weights, pose2d, pose2d_weights) -> list:
    """The model arguments of ``predict`` and ``adapt``."""
    return ["--det-model", det_model, "--det-weights", det_weights] + [
        *("--pose2d", pose2d, "--pose2d-weights", pose2d_weights)
    ]


def train(name: str, title: str, alias: str, out: Path, sizes: Sizes) -> Step:
    """A training from the shipped weights; it goes on from its latest checkpoint when cut off."""
    detector = alias == zoo.FAST_DETECTOR
    config = DETECTOR if detector else POSE
    epochs = sizes.detector_epochs if detector else sizes.pose_epochs
    words = ["train", config, "--data", out / "data", "--work-dir", out / name, "--resume"]
    words += ["--epochs", epochs, "--seed", SEED, "--cfg-options"]
    words += [f"load_from={one_network(alias)[1]}"]
    words += [f"optim_wrapper.optimizer.lr={LEARNING_RATE}"]
    needs = ("render_train", "render_val")
    title = f"{title}, for {epochs} epoch{'' if epochs == 1 else 's'} on from the shipped weights"
    return surgtools(name, title, name, words, needs=needs, show=training_line)


def timed(steps: list[Step], picture_s: float, sizes: Sizes = FULL) -> list[Step]:
    """The same steps, each with the time that it is expected to take, see ``sizes.units``."""
    found = units(sizes, own=True)
    return [replace(step, expected_s=found[step.name] * picture_s) for step in steps]
