"""Frames a second of ours and of other tools, side by side, on a clip and on crowded pictures.

    python benchmarks/peers/speed.py --pictures DIR --peers PYTHON --out OUT

PYTHON is that of an environment with rtmlib, ultralytics and rfdetr, or some of them; what
is missing is left out and said. Each tool reads files and finds boxes and keypoints; loading it
does not count. The contenders run in turns, each in a process of its own, held to the cores of
its column, and the median round counts.

- `PAIR, torch` and `PAIR, ONNX` are ours; `PAIR, rtmlib` is rtmlib with the same weights. It poses
  every box that our pose network is shown.
- YOLO26s-pose, YOLOv8s-pose and RF-DETR Keypoint have random weights, which find nothing and cost
  the same.

A run takes up to --seconds and 5 to 15 s around it; all of them, with the two default pairs,
9 contenders * 2 sources * 2 columns * --rounds * 25 s: **30 minutes** with the default 2 rounds of
15 s. The clip is made of the pictures, each of them moving for half a second, unless one is given.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from surgtools.errors import InputError  # noqa: E402
from surgtools.export import export_models  # noqa: E402
from surgtools.files import write_json, write_whole  # noqa: E402
from surgtools.prediction.models import Models  # noqa: E402
from surgtools.prediction.video_writer import VideoWriter  # noqa: E402

YOLOS = {"YOLO26s-pose": "yolo26s-pose.yaml", "YOLOv8s-pose": "yolov8s-pose.yaml"}
CLIP_SIZE = (1920, 1080)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", required=True, type=Path, help="folder of crowded pictures")
    parser.add_argument("--clip", type=Path, help="1080p video")
    parser.add_argument("--models", nargs="+", default=["general", "fast"], help="our pairs")
    parser.add_argument("--peers", metavar="PYTHON", help="of the environment of the others")
    parser.add_argument("--cores", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--frames", type=int, default=200, help="at most, in a run")
    parser.add_argument("--seconds", type=float, default=15, help="about, of a run [15]")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--out", required=True, type=Path)
    args = parser.parse_args()
    try:
        return compare(args)
    except InputError as error:
        print(f"speed: {error}", file=sys.stderr)
        return 2


def compare(args: argparse.Namespace) -> int:
    """Run everything in turns; the table is printed and left as OUT/speed.md, and as JSON."""
    args.out.mkdir(parents=True, exist_ok=True)
    available = sorted(os.sched_getaffinity(0))
    if max(args.cores) > len(available):
        raise InputError(f"--cores {max(args.cores)}: this process may use {len(available)}")
    with tempfile.TemporaryDirectory() as folder:
        clip = args.clip or make_clip(sorted(args.pictures.iterdir()), Path(folder) / "clip.mp4")
        sources = {"clip": clip.resolve(), "pictures": args.pictures.resolve()}
        contenders = contenders_of(args, Path(folder))
        columns = [(source, cores) for source in sources for cores in args.cores]
        fps: dict[str, dict[str, list[float]]] = {name: {} for name in contenders}
        for number in range(args.rounds):
            for source, cores in columns:
                for name, command in contenders.items():
                    words = command(sources[source])
                    told = run(words, available[:cores])
                    said = told.get("error") or f"{told['fps']:.2f} frames/s"
                    print(f"round {number + 1}, {source}, {cores}: {name}: {said}", flush=True)
                    if "fps" in told:
                        column = fps[name].setdefault(f"{source}, {cores}", [])
                        column.append(told["fps"])
    heads = [f"{source}, {cores}" for source, cores in columns]
    lines = table_of(fps, heads)
    write_json(args.out / "speed.json", fps, indent=1)
    with write_whole(args.out / "speed.md") as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


def contenders_of(args: argparse.Namespace, folder: Path) -> dict[str, Callable[[Path], list]]:
    """Name of each contender to the command for a source."""
    few, seconds = str(args.frames), str(args.seconds)
    ours = [sys.executable, HERE / "our_speed.py"]
    found: dict[str, Callable[[Path], list]] = {}
    for pair in args.models:
        models = Models.find(pair)
        exported = export_models(models, folder / pair, for_rtmlib=True)
        detector = json.loads((exported / "meta.json").read_text())["detector"]
        floor = str(min(detector["shown"], 0.35))
        found[f"{pair}, torch"] = lambda s, p=pair: [*ours, p, s, few, seconds]
        found[f"{pair}, ONNX"] = lambda s, e=exported: [*ours, e, s, few, seconds]
        if args.peers and has(args.peers, "rtmlib"):
            rtmlib = [args.peers, HERE / "rtmlib_speed.py"]
            found[f"{pair}, rtmlib"] = lambda s, e=exported, f=floor, r=rtmlib: [
                *(*r, e, s, few, f, seconds)
            ]
    if args.peers and has(args.peers, "ultralytics"):
        yolo = [sys.executable, HERE / "yolo_speed.py", args.peers]
        for name, model in YOLOS.items():
            found[name] = lambda s, m=model: [*yolo, s, few, "0.3", m, seconds]
    if args.peers and has(args.peers, "rfdetr"):
        rfdetr = [args.peers, HERE / "rfdetr_speed.py"]
        found["RF-DETR Keypoint"] = lambda s: [*rfdetr, s, few, "0.3", seconds]
    return found


def has(python: str, package: str) -> bool:
    """Whether an environment has a package; said where it does not."""
    look = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({package!r}) is None)"
    there = subprocess.run([python, "-c", look]).returncode == 0
    if not there:
        print(f"{package} is not installed in {python} and is left out", file=sys.stderr)
    return there


def run(words: list, cores: list[int]) -> dict:
    """What a script prints, run on some cores; ``error`` where it fails."""
    threads = str(len(cores))
    quiet = {"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads, "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(
        list(map(str, words)),
        env={**os.environ, **quiet},
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
    )
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    try:
        return json.loads(lines[-1])
    except (IndexError, ValueError):
        return {"error": f"ended with {done.returncode}: {lines[-1] if lines else 'no word'}"}


def table_of(fps: dict[str, dict[str, list[float]]], heads: list[str]) -> list[str]:
    """A row for each contender, the median round of each column; what never ran has none."""
    lines = [f"| | {' | '.join(f'{head} core' + 's' * (head[-1] != '1') for head in heads)} |"]
    lines.append("|---" * (len(heads) + 1) + "|")
    for name, columns in fps.items():
        cells = [f"{median(columns[h]):.2f}" if columns.get(h) else "-" for h in heads]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def make_clip(pictures: list[Path], path: Path, each: int = 12) -> Path:
    """A clip in which the camera pans over each picture for ``each`` frames."""
    count = 0
    with VideoWriter(path, fps=25) as writer:
        for picture in pictures:
            image = cv2.imread(str(picture))
            if image is None:
                continue
            image = cv2.resize(image, CLIP_SIZE, interpolation=cv2.INTER_AREA)
            for step in range(each):
                moved = np.float32([[1, 0, 2 * step], [0, 1, step]])
                shown = cv2.warpAffine(image, moved, CLIP_SIZE, borderMode=cv2.BORDER_REFLECT)
                writer.write(shown, count / 25)
                count += 1
    if not count:
        raise InputError(f"--pictures {pictures[0].parent if pictures else ''}: no picture in it")
    return path


if __name__ == "__main__":
    began = time.perf_counter()
    code = main()
    print(f"{(time.perf_counter() - began) / 60:.1f} minutes in all", file=sys.stderr)
    sys.exit(code)
