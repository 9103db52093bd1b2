"""Speed of ``Inferencer`` from file to instances; run by ``speed.py``.

Usage: python our_speed.py MODELS SOURCE FRAMES SECONDS; MODELS is a pair by name or a folder,
SOURCE a video or a folder of pictures. Prints one line of JSON.
"""

import json
import sys
import time
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from surgtools.prediction import Inferencer  # noqa: E402
from surgtools.prediction.over_time import VideoSettings  # noqa: E402

BATCH = 2
"""Smaller than usual, so that a run of few seconds sees several of them."""


def main() -> None:
    models, source, frames = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seconds = float(sys.argv[4])
    inferencer = Inferencer(models=models, device="cpu", batch_size=BATCH, tta=False)
    for _ in islice(inferencer(source, video=VideoSettings(max_frames=1)), 1):
        pass
    count = instances = 0
    start = time.perf_counter()
    results = inferencer(source, video=VideoSettings(max_frames=frames))
    for result in islice(results, frames):
        count, instances = count + 1, instances + len(result)
        if time.perf_counter() - start > seconds:
            break
    spent = time.perf_counter() - start
    print(json.dumps({"fps": count / spent, "frames": count, "instances": instances}))


main()
