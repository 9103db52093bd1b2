"""The commands that are disturbed, on small drawn data, and what must be equal afterwards."""

import hashlib
import json
import pickle
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from crashing.adaptation import prepare_adaptation

POINTS = {
    1: [[60, 48, 2], [40, 80, 2], [54, 16, 1], [80, 80, 2], [66, 16, 2]],
    2: [[60, 88, 2], [52, 48, 1], [48, 12, 2], [68, 48, 2], [72, 12, 2]],
}
NO_WORKERS = [
    f"{loader}.{setting}"
    for loader in ("train_dataloader", "val_dataloader")
    for setting in ("num_workers=0", "persistent_workers=False", "batch_size=4")
]
POSE = Path(__file__).resolve().parents[1] / "toy_configs/pose.py"


@dataclass(frozen=True)
class Job:
    """A command that writes into one folder.

    Attributes:
        words: its arguments for an input folder and an output folder.
        facts: what two undisturbed runs have in common, of an output folder.
        share: how often it is drawn.
        codes: exit codes of a run that did its work; ``adapt`` ends with 1 when it keeps the
            starting networks.
    """

    words: Callable[[Path, Path], list[object]]
    facts: Callable[[Path], object]
    share: int
    codes: tuple[int, ...] = (0,)

    def command(self, data: Path, out: Path) -> list[str]:
        words = [sys.executable, "-m", "surgtools", *self.words(data, out)]
        return [str(word) for word in words]


def prepare(folder: Path, job: str) -> None:
    """Write what a job needs and is not there yet; ``adapt`` needs ../shared/real."""
    if not (folder / "val/coco_keypoints.json").is_file():
        draw_data(folder)
    if job == "adapt":
        prepare_adaptation(folder / "adapt")


def draw_data(folder: Path, pictures: int = 24, size: int = 128) -> None:
    """A data set of ``pictures`` with both instruments, in the parts train and val."""
    from surgtools.annotations.coco import CocoBuilder

    rng = np.random.default_rng(5)
    for part, count in (("train", pictures), ("val", max(2, pictures // 6))):
        (folder / part / "images").mkdir(parents=True)
        builder = CocoBuilder()
        for number in range(count):
            picture = rng.integers(0, 90, (size, size, 3), dtype=np.uint8)
            name = f"clip{number // 4}_{number:03d}.jpg"
            image_id = builder.add_image(name, size, size, video_id=number // 4, frame_id=number)
            for category, rows in POINTS.items():
                points = np.array(rows, float) + [number % 5, number % 7, 0]
                for a, b in zip(points, points[1:], strict=False):
                    start, end = a[:2].astype(int), b[:2].astype(int)
                    cv2.line(picture, start.tolist(), end.tolist(), (220, 220, 220), 3)
                builder.add_annotation(image_id, category, points, [30, 8, 60, 90])
            cv2.imwrite(str(folder / part / "images" / name), picture)
        builder.write(folder / part / "coco_keypoints.json")


def _train(data: Path, out: Path) -> list[object]:
    words = ["train", POSE, "--data", data, "--work-dir", out / "run", "--epochs", 1]
    return [*words, "--seed", 1, "--resume", "--cfg-options", *NO_WORKERS]


def _generate(data: Path, out: Path) -> list[object]:
    words = ["generate", "plain", "--out-dir", out / "g", "--num", 3, "--seed", 1, "--workers", 1]
    return [*words, "--resolution", "64x48", "--samples", 1, "--no-card"]


def _adapt(data: Path, out: Path) -> list[object]:
    folder = data / "adapt"
    words = ["adapt", folder / "target", "--out-dir", out / "a", "--only", "pose"]
    models = ["--models", "fast", "--source", folder / "source", "--seed", 1]
    return [*words, *models, "--epochs", 1, "--epoch-length", 4, "--workers", 0]


def _weights(out: Path) -> object:
    """A digest of the last checkpoint's weights."""
    return _digest(out / "run/epoch_1.pth")


def _adapted(out: Path) -> object:
    """A digest of the adapted pair's weights."""
    return [_digest(path) for path in sorted((out / "a").glob("*.pth"))]


def _digest(file: Path) -> str | None:
    import torch

    if not file.is_file():
        return None
    state = torch.load(file, map_location="cpu", weights_only=False)["state_dict"]
    digest = hashlib.blake2b()
    for name, value in sorted(state.items()):
        digest.update(pickle.dumps((name, value.numpy().tobytes())))
    return digest.hexdigest()


def _all_files(out: Path) -> object:
    """Digest of every file; leftovers that a later run has to ignore start with a dot."""
    return {
        path.relative_to(out).as_posix(): hashlib.blake2b(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


def _instances(out: Path) -> object:
    file = out / "p/predictions.json"
    if not file.is_file():
        return None
    return json.loads(file.read_text())["instance_info"]


def _models(out: Path) -> object:
    return sorted(p.name for p in (out / "onnx").glob("*") if not p.name.startswith("."))


def _coco(data: Path) -> Path:
    return data / "train/coco_keypoints.json"


JOBS: dict[str, Job] = {
    "merge": Job(
        lambda data, out: [
            *("data", "merge", _coco(data), data / "val/coco_keypoints.json"),
            *("--out", out / "m/merged.json", "--pictures", "copy"),
        ],
        _all_files,
        5,
    ),
    "split": Job(
        lambda data, out: [
            *("data", "split", _coco(data), "--out-dir", out / "s", "--pictures", "copy"),
            *("--group-field", "video_id"),
        ],
        _all_files,
        5,
    ),
    "convert": Job(
        lambda data, out: [
            *("data", "convert", _coco(data), out / "y", "--from", "coco", "--to", "yolo"),
            *("--pictures", "copy"),
        ],
        _all_files,
        5,
    ),
    "overlay": Job(
        lambda data, out: ["data", "overlay", _coco(data), "--out-dir", out / "o"], _all_files, 3
    ),
    "predict": Job(
        lambda data, out: [
            *("predict", data / "val/images", "--out-dir", out / "p", "--no-tta"),
            *("--no-flip-test", "--device", "cpu"),
        ],
        _instances,
        3,
    ),
    "export": Job(lambda data, out: ["export", "--out-dir", out / "onnx"], _models, 1),
    "train": Job(_train, _weights, 2),
    "generate": Job(_generate, _all_files, 2),
    "adapt": Job(_adapt, _adapted, 1, (0, 1)),
}
"""Name to command."""
