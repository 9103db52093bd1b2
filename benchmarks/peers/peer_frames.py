"""Frames for the scripts that time other tools; it needs OpenCV alone."""

import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np


def read_frames(source: str, count: int, seconds: float = float("inf")) -> Iterator[np.ndarray]:
    """(H, W, 3) BGR frames of a video, or pictures of a folder.

    Args:
        count: at most so many.
        seconds: none after so long.
    """
    end = time.perf_counter() + seconds
    for number, image in enumerate(_pictures(source) if Path(source).is_dir() else _clip(source)):
        if number == count or time.perf_counter() > end:
            return
        yield image


def summary(times: list[float], instances: int) -> dict[str, float]:
    """``fps`` and the latency of what was timed, frame by frame; the first two do not count."""
    counted = times[2:] or times
    p50, p95 = np.percentile(counted, (50, 95)) * 1000
    return {
        "fps": len(counted) / sum(counted),
        "p50_ms": p50,
        "p95_ms": p95,
        "frames": len(times),
        "instances": instances,
    }


def _pictures(folder: str) -> Iterator[np.ndarray]:
    for path in sorted(Path(folder).iterdir()):
        image = cv2.imread(str(path))
        if image is not None:
            yield image


def _clip(path: str) -> Iterator[np.ndarray]:
    capture = cv2.VideoCapture(path)
    while True:
        alive, image = capture.read()
        if not alive:
            return
        yield image
