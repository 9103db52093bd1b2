"""Peak memory of ``surgtools predict`` on a short and a long video, torch and ONNX.

Every run is a process of its own, drawing and encoding included, and its peak resident memory is
what the system reports at its end. That is high when detector and pose model happen to need most
at the same moment, for which a long video has more chances; the short one is therefore run several
times and its highest peak counts. Prints a Markdown table and ends with exit code 1 when the long
video takes more than ``--limit`` percent more.

    python benchmarks/video_memory.py --pictures data/instruments/val/images
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

PATHS = ("torch", "onnx")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--pictures", type=Path, help="folder whose pictures become the frames; else drawn ones"
    )
    parser.add_argument("--frames", nargs=2, type=int, default=[300, 3000], metavar="N")
    parser.add_argument("--repeats", type=int, default=3, help="runs of the short video [3]")
    parser.add_argument("--size", default="416x416", metavar="WxH", help="of the videos")
    parser.add_argument("--paths", nargs="+", choices=PATHS, default=PATHS)
    parser.add_argument("--limit", type=float, default=5.0, help="percent of growth allowed [5]")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    parser.add_argument(
        "options", nargs="*", help="after --: further options of predict, for all runs"
    )
    args = parser.parse_args()
    width, height = map(int, args.size.split("x"))
    with tempfile.TemporaryDirectory() as folder:
        clips = [
            make_clip(Path(folder) / f"{n}.mp4", n, (width, height), args.pictures)
            for n in args.frames
        ]
        models = {"torch": []}
        if "onnx" in args.paths:
            models["onnx"] = ["--model", str(export(Path(folder) / "onnx"))]
        rows = [
            {"path": path, **measure(clip, Path(folder) / "out", [*models[path], *args.options])}
            for path in args.paths
            for clip in [clips[0]] * args.repeats + [clips[1]]
        ]
    growth = growth_of(rows)
    print(to_markdown(rows))
    for path, percent in growth.items():
        print(f"{path}: {args.frames[1]} frames peak {percent:+.1f} % above {args.frames[0]}")
    if args.out:
        content = {"size": args.size, "rows": rows, "growth_percent": growth}
        args.out.write_text(json.dumps(content, indent=1))
    return int(max(growth.values()) > args.limit)


def make_clip(path: Path, frames: int, size: tuple[int, int], pictures: Path | None) -> Path:
    """Write a video of (w, h) frames; pictures are repeated as often as needed."""
    from surgtools.prediction.benchmark import draw_clip
    from surgtools.prediction.video_writer import VideoWriter

    if pictures is None:
        return draw_clip(path, frames, size)
    with VideoWriter(path, fps=25) as writer:
        for i, image in enumerate(islice(cycle(_read(pictures, size)), frames)):
            writer.write(image, i / 25)
    return path


def _read(folder: Path, size: tuple[int, int]) -> Iterator:
    import cv2

    from surgtools.images import IMAGE_SUFFIXES, read_image

    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)[:100]:
        yield cv2.resize(read_image(path), size, interpolation=cv2.INTER_AREA)


def export(folder: Path) -> Path:
    """The shipped models as ONNX, made in another process: this one stays small."""
    command = [sys.executable, str(ROOT / "tools/export.py"), "--out-dir", str(folder)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder


def measure(clip: Path, out: Path, options: Sequence[str]) -> dict:
    """Run ``predict`` on a clip; frames, instances, frames per second and peak MiB."""
    command = [sys.executable, str(ROOT / "tools/predict.py"), str(clip), "--out-dir", str(out)]
    start = time.perf_counter()
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"predict ended with exit code {process.returncode}")
    summary = json.loads((out / "predictions.json").read_text())["summary"]
    return {
        "frames": summary["frames"],
        "instances": summary["instances"],
        "fps": summary["frames"] / seconds,
        "peak_mib": usage.ru_maxrss / 1024,
    }


def growth_of(rows: Sequence[Mapping]) -> dict[str, float]:
    """Per path, percent by which the last run's peak is above the highest of the others."""
    peaks: dict[str, list[float]] = {}
    for row in rows:
        peaks.setdefault(row["path"], []).append(row["peak_mib"])
    return {path: 100 * (last / max(short) - 1) for path, (*short, last) in peaks.items()}


def to_markdown(rows: Sequence[Mapping]) -> str:
    """The table of the rows."""
    lines = ["| path | frames | instances | frames/s | peak MiB |", "|---|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| {row['path']} | {row['frames']} | {row['instances']} | {row['fps']:.1f} "
            f"| {row['peak_mib']:.0f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
