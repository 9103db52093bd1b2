"""Speed of RF-DETR Keypoint with random weights; run by ``speed.py``.

Runs in an environment that has rfdetr. Nothing is downloaded: backbone and heads stay random,
which costs the same as trained ones.

Usage: python rfdetr_speed.py SOURCE FRAMES SCORE_THR SECONDS; prints one line of JSON.
"""

import json
import os
import sys
import time

os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402
from peer_frames import read_frames, summary  # noqa: E402
from rfdetr import RFDETRKeypointPreview  # noqa: E402


def main() -> None:
    source, frames, threshold, seconds = sys.argv[1], *map(float, sys.argv[2:5])
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    model = RFDETRKeypointPreview(pretrain_weights=None, device="cpu")
    try:
        model.inference()
    except Exception as error:  # its own speed-up is not to be had here; it runs without
        print(f"rfdetr: not optimized ({type(error).__name__}: {error})", file=sys.stderr)
    times, stream = [], read_frames(source, int(frames), seconds)
    while True:
        start = time.perf_counter()
        image = next(stream, None)
        if image is None:
            break
        model.predict(image[..., ::-1].copy(), threshold=threshold)
        times.append(time.perf_counter() - start)
    print(json.dumps(summary(times, 0)))


main()
