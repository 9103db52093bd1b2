"""The share of each stage in the time of a prediction, and how near it comes to what is possible.

One frame after the other in one thread, as ``predict`` sees them, drawn and written as it does.
"""

import json
import time
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.prediction.benchmark import frames_of
from surgtools.prediction.drawing import draw_instances
from surgtools.prediction.frame_results import to_result
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.presence_share import presence_share
from surgtools.prediction.stage_clock import STAGES, StageClock, detectors_of, watch

WARM_UP = 2
"""Frames before the clock starts, the first ones again: libraries allocate and plan."""


def measure_stages(inferencer: Inferencer, source: str | Path, frames: int) -> dict[str, dict]:
    """Milliseconds a frame of each stage, and its share in percent.

    Args:
        source: video, picture or folder.
        frames: at most so many of it.

    Returns:
        ``STAGES`` and ``all`` with ``ms`` and ``share``; ``crops`` with how many a frame the pose
        network saw and how many instances came of them.

    Raises:
        InputError: there is no frame in the source.
    """
    clock, found, count = StageClock(), 0, 0
    predictor = inferencer.predictor
    for frame in islice(frames_of(source), WARM_UP):
        predictor.find([frame.image])
    stream = frames_of(source)
    with watch(predictor, clock):
        start = time.perf_counter()
        for _ in range(frames):
            frame = clock.call("decode", next, stream, None)
            if frame is None:
                break
            result = to_result(frame, predictor.find([frame.image])[0])
            drawn = clock.call("drawing", draw_instances, frame.image, result.instances)
            clock.call("encoding", cv2.imencode, ".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, 92])
            clock.call("json", lambda result=result: json.dumps(result.to_json()))
            found, count = found + len(result.instances), count + 1
        whole = time.perf_counter() - start
    if not count:
        raise InputError(f"{source}: not one frame can be read; give a video or pictures")
    pose = getattr(predictor.pose, "backend", None)
    if clock.seconds["pose"] and pose is not None:
        own = presence_share(pose) * clock.seconds["pose"]
        clock.seconds["pose"] -= own
        clock.seconds["presence"] += own
    told = {
        stage: {"ms": 1000 * seconds / count, "share": 100 * seconds / whole}
        for stage in STAGES
        if (seconds := clock.seconds[stage])
    }
    told["all"] = {"ms": 1000 * whole / count, "share": 100.0, "frames": count}
    return told | {"crops": {"a frame": clock.crops / count, "instances": found / count}}


def measure_limit(inferencer: Inferencer, source: str | Path, stages: dict) -> dict[str, float]:
    """What the arithmetic of the networks alone would take on these cores.

    Args:
        inferencer: on torch, whose layers tell how much they compute.
        source: whose first frame is as large as all.
        stages: of ``measure_stages``, for the crops that the pose network sees of a frame.

    Returns:
        ``gflop`` of a frame, ``gflop_s`` that a large matrix product reaches, and ``fps``, the
        frames a second if the networks reached that, too, and nothing else took time.
    """
    predictor, rate = inferencer.predictor, measure_matrix_product()
    image, crops = next(frames_of(source)).image, stages["crops"]["a frame"]
    flop = sum(_flop(d.backend, d.preprocess([image])) for d in detectors_of(predictor))
    if (spec := getattr(getattr(predictor.pose, "backend", None), "spec", None)) is not None:
        width, height = spec.input_size
        one = np.zeros((1, 3, height, width), np.float32)
        flop += crops * _flop(predictor.pose.backend, one)
    return {"gflop": flop / 1e9, "gflop_s": rate / 1e9, "fps": rate / max(flop, 1)}


def measure_matrix_product(side: int = 1024, rounds: int = 12) -> float:
    """Floating point operations a second of a product of two square float32 matrices; the best."""
    import torch

    (a, b), best = torch.rand(2, side, side), float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best


def _flop(backend: Any, batch: np.ndarray) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        backend(batch)
    return float(counter.get_total_flops())
