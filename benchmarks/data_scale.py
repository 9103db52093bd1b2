"""Time and peak memory of ``data check``, ``merge`` and ``split`` against plain ``json.load``.

Every operation runs in a process of its own on the same two files (half of the annotations each;
``split`` takes their merged file, and is compared with loading that). A video has 100 of them, and
``split`` needs three videos. Run from the checkout:

    python benchmarks/data_scale.py --sizes 10000 100000 1000000 --out scale.json
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

OPERATIONS = ("load", "check", "merge", "load merged", "split")
AGAINST = {"check": "load", "merge": "load", "split": "load merged"}


def write_file(path: Path, num: int, seed: int) -> None:
    """A sound data set of ``num`` annotations, two per picture, 50 frames per video."""
    from surgtools.annotations.writer import open_coco
    from surgtools.metainfo import INSTRUMENTS, order_sides

    rng = np.random.default_rng(seed)
    images = (
        {
            "id": n + 1,
            "file_name": f"set{seed}/video_{n // 50:06d}/frame_{n % 50:06d}.jpg",
            "width": 640,
            "height": 480,
            "video_id": n // 50,
            "frame_id": n % 50,
        }
        for n in range((num + 1) // 2)
    )

    def annotations():
        for n in range(num):
            instrument = INSTRUMENTS[n % 2]
            keypoints = np.zeros((instrument.num_keypoints, 3))
            keypoints[:, :2] = rng.uniform((20, 20), (600, 440), (len(keypoints), 2)).round(2)
            keypoints[:, 2] = rng.integers(1, 3, len(keypoints))
            keypoints = keypoints[order_sides(keypoints, instrument.id)]
            low, high = keypoints[:, :2].min(axis=0), keypoints[:, :2].max(axis=0)
            x, y, width, height = (round(v, 2) for v in (*low, *(high - low)))
            yield {
                "id": n + 1,
                "image_id": n // 2 + 1,
                "category_id": instrument.id,
                "bbox": [x, y, width, height],
                "area": round(width * height, 3),
                "iscrowd": 0,
                "num_keypoints": len(keypoints),
                "keypoints": [
                    value for kx, ky, v in keypoints.tolist() for value in (kx, ky, int(v))
                ],
                "track_id": n % 2,
            }

    with open_coco(path) as writer:
        writer.value("info", {"description": "benchmark"})
        writer.value("categories", [i.to_category() for i in INSTRUMENTS])
        writer.table("images", images)
        writer.table("annotations", annotations())


def run_operation(name: str, folder: Path) -> dict:
    """Run one operation here; wall and CPU seconds, and peak MiB of this process."""
    parts = [folder / "a.json", folder / "b.json"]
    start, cpu = time.perf_counter(), time.process_time()
    if name == "load":
        held = [json.loads(path.read_text()) for path in parts]
        found = {"annotations": sum(len(content["annotations"]) for content in held)}
    elif name == "load merged":
        found = {"annotations": len(json.loads((folder / "m.json").read_text())["annotations"])}
    elif name == "check":
        from surgtools.annotations.check import check_files

        report = check_files(parts, pictures=False)
        found = {"exit_code": report.exit_code, "problems": len(report.problems)}
    elif name == "merge":
        from surgtools.annotations.merge import merge_files

        found = {"annotations": merge_files(parts, folder / "m.json").annotations}
    else:
        from surgtools.annotations.split import split_file

        ratios = (0.7, 0.15, 0.15)
        summary = split_file(folder / "m.json", folder / "split", ratios, 42, pictures="keep")
        found = {"groups": len(summary.groups)}
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "seconds": round(seconds, 3),
        "cpu_s": round(cpu, 3),
        "peak_mib": round(peak, 1),
        **found,
    }


def measure(num: int) -> dict[str, dict]:
    """All operations on ``num`` annotations, each in a fresh process."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        write_file(Path(folder) / "a.json", num // 2, 0)
        write_file(Path(folder) / "b.json", num - num // 2, 1)
        for name in OPERATIONS:
            command = [sys.executable, __file__, "--operation", name, "--folder", folder]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results[name] = json.loads(done.stdout.splitlines()[-1])
    for name, base in AGAINST.items():
        for key in ("seconds", "cpu_s", "peak_mib"):
            results[name][f"{key}_ratio"] = round(results[name][key] / results[base][key], 2)
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000])
    parser.add_argument("--out", help="write the figures as JSON")
    parser.add_argument("--operation", choices=OPERATIONS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.operation:
        print(json.dumps(run_operation(args.operation, args.folder)))
        return
    figures = {}
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]}")
    columns = ("wall s", "x load", "CPU s", "x load", "MiB", "x load")
    print(f"{'annotations':>12} {'operation':12}", *(f"{name:>8}" for name in columns))
    for num in args.sizes:
        figures[num] = measure(num)
        for name, row in figures[num].items():
            cells = []
            for key in ("seconds", "cpu_s", "peak_mib"):
                cells += [f"{row[key]:8.2f}", f"{row.get(f'{key}_ratio', ''):>8}"]
            print(f"{num:12} {name:12}", *cells, flush=True)
    if args.out:
        Path(args.out).write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
