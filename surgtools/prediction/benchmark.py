"""How fast prediction is on this machine: each step alone, and all of them overlapped.

Steps are timed one frame at a time, in milliseconds, and so is the latency of a frame from file to
instances; frames per second are those of the pipeline as ``predict`` runs it.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.prediction.drawing import draw_instances
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.frame_reader import read_frames
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.over_time import VideoSettings
from surgtools.prediction.sources import Frame, InputProblem, find_sources
from surgtools.prediction.video_writer import VideoWriter


def draw_clip(path: Path, frames: int, size: tuple[int, int] = (1920, 1080)) -> Path:
    """Write a moving (w, h) test clip for machines without a video at hand."""
    rng = np.random.default_rng(0)
    width, height = size
    noise = rng.integers(60, 180, (height // 40, width // 40, 3), np.uint8)
    backdrop = cv2.resize(noise, size, interpolation=cv2.INTER_CUBIC)
    with VideoWriter(path, fps=25) as writer:
        for i in range(frames):
            image = np.roll(backdrop, 3 * i, axis=1)
            end = (width // 4 + 5 * i % (width // 2), height // 4)
            cv2.line(image, (width // 2, height - 100), end, (210, 210, 215), 24, cv2.LINE_AA)
            writer.write(image, i / 25)
    return path


def frames_of(source: str | Path) -> Iterator[Frame]:
    """Frames of a video, a picture or a folder; what cannot be read is left out."""
    problems: list[InputProblem] = []
    return read_frames(find_sources(str(source), problems.append), problems.append)


def require_frame(source: str | Path) -> None:
    """Refuse a source of which nothing can be read.

    Raises:
        InputError: says what is wrong with it.
    """
    problems: list[InputProblem] = []
    frames = read_frames(find_sources(str(source), problems.append), problems.append)
    if next(frames, None) is None:
        raise InputError("; ".join(f"{p.source}: {p.message}" for p in problems))


def measure_steps(inferencer: Inferencer, clip: str | Path, frames: int) -> dict[str, dict]:
    """Latency of decode, detect, pose and draw, and of a frame through the first three.

    A frame without detections is posed with one box in its middle, so that ``pose`` always times
    the same work: one instance per frame.

    Returns:
        Per step ``p50_ms`` and ``p95_ms``, and ``fps`` of the step alone; ``frame`` is decode,
        detect and pose one after the other.
    """
    times: dict[str, list[float]] = {"decode": [], "detect": [], "pose": [], "draw": []}

    def timed(step: str, work: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = work()
        times[step].append(time.perf_counter() - start)
        return result

    stream = frames_of(clip)
    for _ in range(frames):
        entry = timed("decode", lambda: next(stream, None))
        if entry is None:
            times["decode"].pop()
            break
        image = entry.image
        boxes = timed("detect", lambda image=image: inferencer.predictor.detect([image]))[0]
        one = _one_box(boxes, image)
        instances = timed(
            "pose", lambda image=image, one=one: inferencer.predictor.pose([image], [one])
        )
        timed("draw", lambda image=image, found=instances[0]: draw_instances(image, found))
    times["frame"] = [
        sum(steps) for steps in zip(*(times[s] for s in ("decode", "detect", "pose")), strict=True)
    ]
    return {step: summarize_seconds(values[2:] or values) for step, values in times.items()}


def measure_results(inferencer: Inferencer, clip: str | Path, frames: int) -> dict[str, float]:
    """Frames per second from file to instances with track ids."""
    start = time.perf_counter()
    results = inferencer(str(clip), video=VideoSettings(max_frames=frames))
    found = [len(result) for result in results]
    seconds = time.perf_counter() - start
    return {"fps": len(found) / seconds, "frames": len(found), "instances": sum(found)}


def measure_drawn(inferencer: Inferencer, clip: str | Path, frames: int) -> dict[str, float]:
    """The same to a drawn H.264 file."""
    settings, count = VideoSettings(max_frames=frames), 0
    with tempfile.TemporaryDirectory() as folder, VideoWriter(Path(folder) / "o.mp4") as writer:
        start = time.perf_counter()
        for result in inferencer(str(clip), video=settings, keep_images=True):
            writer.write(draw_instances(result.image, result.instances), result.time_s)
            count += 1
        writer.close()
        return {"fps": count / (time.perf_counter() - start), "frames": count}


def measure_frame_by_frame(
    predict: Callable[[np.ndarray], Any], images: Iterable[np.ndarray]
) -> dict[str, float]:
    """Latency of any function of one picture, reading the picture included; the first two frames
    are not counted."""
    times, stream = [], iter(images)
    while True:
        start = time.perf_counter()
        image = next(stream, None)
        if image is None:
            return summarize_seconds(times[2:] or times) | {"frames": len(times)}
        predict(image)
        times.append(time.perf_counter() - start)


def summarize_seconds(seconds: list[float]) -> dict[str, float]:
    """``p50_ms``, ``p95_ms`` and ``fps``; an empty list gives zeros."""
    if not seconds:
        return {"p50_ms": 0.0, "p95_ms": 0.0, "fps": 0.0}
    p50, p95 = np.percentile(seconds, (50, 95)) * 1000
    return {"p50_ms": float(p50), "p95_ms": float(p95), "fps": len(seconds) / sum(seconds)}


def _one_box(boxes: Boxes, image: np.ndarray) -> Boxes:
    height, width = image.shape[:2]
    if len(boxes):
        return Boxes(boxes.xyxy[:1], boxes.scores[:1], boxes.category_ids[:1])
    middle = np.array([[width * 0.3, height * 0.3, width * 0.7, height * 0.7]], np.float32)
    return Boxes(middle, np.ones(1, np.float32), np.ones(1, int))
