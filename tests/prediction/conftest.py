"""Toy networks that see colored squares, and small models with random but lively weights."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.metainfo import NUM_SLOTS
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.specs import DetectorSpec, SimCCSpec

PLAIN = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0), "bgr_to_rgb": False}


class ColorDetector:
    """Blue pixels are a needle holder, red pixels are tweezers, each with score 0.9."""

    spec = DetectorSpec(input_size=(160, 160), **PLAIN)

    def __init__(self) -> None:
        self.calls: list[int] = []

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.calls.append(len(batch))
        boxes, scores = np.zeros((len(batch), 2, 4)), np.zeros((len(batch), 2, 2))
        for row, (blue, green, red) in enumerate(batch):
            for label, mask in enumerate(((blue > green + 80), (red > green + 80))):
                ys, xs = np.nonzero(mask & (np.abs(blue - red) > 80))
                if len(xs) > 4:
                    boxes[row, label] = xs.min(), ys.min(), xs.max() + 1, ys.max() + 1
                    scores[row, label, label] = 0.9
        return boxes, scores


class CenterPose:
    """Slot i lies at the center of the crop, 2 i pixels to the right, or in its lower half if that
    is where ``tips_low`` has the tips; odd slots are hidden."""

    spec = SimCCSpec(input_size=(64, 64), **PLAIN)

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.tips_low = False

    def __call__(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        self.calls.append(len(batch))
        bins = np.arange(128)
        centers = 64 + 4 * np.arange(NUM_SLOTS)
        x = np.exp(-((bins - centers[:, None]) ** 2) / (2 * 5.66**2))
        y = np.repeat(np.exp(-((bins - 64) ** 2) / (2 * 5.66**2))[None], NUM_SLOTS, axis=0)
        if self.tips_low:
            tips = [2, 4, 7, 9]
            y[tips] = np.roll(y[tips], 40, axis=-1)
        visible = np.where(np.arange(NUM_SLOTS) % 2, -4.0, 4.0)
        return tuple(np.repeat(part[None], len(batch), axis=0) for part in (x, y, visible))


def square(
    color: str | None = "blue", size: tuple[int, int] = (320, 240), at: tuple[int, int] = (100, 80)
) -> np.ndarray:
    """A grey BGR picture of (w, h) with one 80 x 60 colored square at its top left corner."""
    image = np.full((size[1], size[0], 3), 90, np.uint8)
    if color is not None:
        paint = {"blue": (230, 40, 40), "red": (40, 40, 230)}[color]
        cv2.rectangle(image, at, (at[0] + 79, at[1] + 59), paint, -1)
    return image


@pytest.fixture
def draw_square() -> Callable[..., np.ndarray]:
    return square


@pytest.fixture
def toy() -> Inferencer:
    """On the toy networks; ``toy.predictor.detector.backend.calls`` are batch sizes."""
    return Inferencer.from_backends(ColorDetector(), CenterPose(), batch_size=4)


@pytest.fixture
def write_video(tmp_path: Path) -> Callable[..., Path]:
    """Write a video whose square moves 2 pixels per frame; frames in ``missing`` are empty."""
    from surgtools.prediction.video_writer import VideoWriter

    def write(name: str = "clip.mp4", frames: int = 12, missing: tuple[int, ...] = ()) -> Path:
        with VideoWriter(tmp_path / name, fps=25) as writer:
            for i in range(frames):
                writer.write(square(None if i in missing else "blue", at=(60 + 2 * i, 80)), i / 25)
        return tmp_path / name

    return write
