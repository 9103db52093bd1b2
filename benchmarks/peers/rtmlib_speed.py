"""Speed of rtmlib on the models of ``surgtools export --rtmlib``; run by ``surgtools bench``.

Runs in an environment that has rtmlib and not surgtools. The pose model is rtmlib's own
``RTMPose`` class on ``pose_rtmlib.onnx``. rtmlib knows no detector with our two outputs, so
``detector.onnx`` is wrapped in its ``BaseTool`` in the way of its own RTMDet; where a second
detector goes with the first, it is asked, too, and every box of both is posed.

Usage: python rtmlib_speed.py EXPORTED SOURCE FRAMES [BBOX_THR [SECONDS]]; SOURCE is a video or a
folder of pictures. Prints one line of JSON.
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from peer_frames import read_frames, summary
from rtmlib import RTMPose
from rtmlib.tools.base import BaseTool
from rtmlib.tools.object_detection.post_processings import multiclass_nms


class Detector(BaseTool):
    """A detector with rtmlib's preprocessing, session and NMS."""

    def __init__(self, path: Path, meta: dict, score_thr: float) -> None:
        super().__init__(
            str(path),
            tuple(meta["input_size"]),
            mean=np.array(meta["mean"]),
            std=np.array(meta["std"]),
            backend="onnxruntime",
            device="cpu",
        )
        self.score_thr, self.nms_thr = score_thr, meta["nms_thr"]

    def __call__(self, image: np.ndarray) -> np.ndarray:
        width, height = self.model_input_size
        canvas = np.full((height, width, 3), 114, np.uint8)
        ratio = min(height / image.shape[0], width / image.shape[1])
        size = int(image.shape[1] * ratio), int(image.shape[0] * ratio)
        canvas[: size[1], : size[0]] = cv2.resize(image, size)
        boxes, scores = self.inference((canvas - self.mean) / self.std)
        found = multiclass_nms(boxes[0] / ratio, scores[0], self.nms_thr, self.score_thr)
        if found is None or found[0] is None:
            return np.zeros((0, 4))
        rows = found[0] if isinstance(found, tuple) else found
        return rows[:, :4]


def main() -> None:
    folder, source, frames = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    score_thr = float(sys.argv[4]) if len(sys.argv) > 4 else 0.3
    seconds = float(sys.argv[5]) if len(sys.argv) > 5 else float("inf")
    meta = json.loads((folder / "meta.json").read_text())
    detectors = [Detector(folder / "detector.onnx", meta["detector"], score_thr)]
    if "beside" in meta["detector"]:
        beside = folder / "detector_beside.onnx"
        detectors.append(Detector(beside, meta["detector"]["beside"], score_thr))
    pose = RTMPose(
        str(folder / "pose_rtmlib.onnx"),
        model_input_size=tuple(meta["pose"]["input_size"]),
        to_openpose=False,
        backend="onnxruntime",
        device="cpu",
    )
    times, instances, stream = [], 0, read_frames(source, frames, seconds)
    while True:
        start = time.perf_counter()
        image = next(stream, None)
        if image is None:
            break
        boxes = np.concatenate([detector(image) for detector in detectors])
        if len(boxes):  # with none rtmlib would pose the whole picture
            pose(image, bboxes=boxes)
        times.append(time.perf_counter() - start)
        instances += len(boxes)
    print(json.dumps(summary(times, instances)))


main()
