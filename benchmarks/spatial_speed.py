"""Frames a second of predict with and without measures in space.

python benchmarks/spatial_speed.py --out OUT [--models accurate] [--repeats 3]

Both run in turns on the same rendered clips; processor time is given beside the clock, because a
busy machine changes only the latter.
"""

import argparse
import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_scenes import make_scenes, surgtools, write_settings  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--models", default="accurate")
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    folder = make_scenes(args.out, "clips", 6 * args.clips, 2201, "--video", 6)
    paths = write_settings(args.out)
    models = []
    for name in ("holder", "tweezers"):
        surgtools("generate", "inspect", paths[name], "--skeleton", args.out / f"{name}.json")
        models += ["--model-3d", args.out / f"{name}.json"]
    in_space = ["--camera", paths["camera"], *models]
    clips = sorted(folder.glob("clip_*.mp4"))[: args.clips]
    taken: dict[str, list[tuple[float, float]]] = {"without": [], "with": []}
    counts = {}
    for repeat in range(args.repeats):
        for name, flags in (("without", []), ("with", in_space)):
            out = args.out / f"speed_{name}_{repeat}"
            clock, processor = time.perf_counter(), _processor()
            surgtools(
                "predict", *clips, "--models", args.models, "--out-dir", out, "--no-draw", *flags
            )
            taken[name].append((time.perf_counter() - clock, _processor() - processor))
            summary = read_json(out / "predictions.json")["summary"]
            counts = {key: summary[key] for key in ("frames", "instances")}
    answer: dict = dict(counts)
    for name, pairs in taken.items():
        clock, processor = np.median(pairs, axis=0)
        answer[name] = {
            "frames_per_second": round(counts["frames"] / clock, 2),
            "processor_seconds": round(float(processor), 2),
        }
    without, with_ = answer["without"], answer["with"]
    answer["speed_of_without"] = {
        "clock": round(with_["frames_per_second"] / without["frames_per_second"], 3),
        "processor": round(without["processor_seconds"] / with_["processor_seconds"], 3),
    }
    write_json(args.out / f"speed_{args.models}.json", answer, indent=1)
    print(json.dumps(answer, indent=1))


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
