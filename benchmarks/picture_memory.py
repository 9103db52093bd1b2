"""Peak memory of ``surgtools predict`` on folders of large pictures, by their size.

Every run is a process of its own, drawing included, and its peak resident memory is what the
system reports at its end. The first row is a folder of small pictures: what program and networks
need by themselves. Prints a Markdown table. ``--code`` runs another checkout on the same pictures,
for a comparison.

    python benchmarks/picture_memory.py --pictures ../shared/real/suturing -- --no-tta
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SIZES = ("416x416", "1920x1080", "3840x2160", "7680x4320")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--pictures", type=Path, help="folder whose pictures are enlarged; else drawn ones"
    )
    parser.add_argument("--sizes", nargs="+", default=SIZES, metavar="WxH")
    parser.add_argument("--count", type=int, default=48, help="pictures of each size [48]")
    parser.add_argument("--code", type=Path, nargs="+", default=[ROOT], help="checkouts to run")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    parser.add_argument("options", nargs="*", help="after --: further options of predict")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for text in args.sizes:
            size = tuple(map(int, text.split("x")))
            made = make_pictures(Path(folder) / text, args.count, size, args.pictures)
            for code in args.code:
                peak = measure(code, made, Path(folder) / "out", args.options)
                rows.append({"code": str(code), "size": text, "count": args.count, **peak})
                print("\n".join(to_markdown(rows)[0 if len(rows) == 1 else -1 :]), flush=True)
    if args.out:
        args.out.write_text(json.dumps(rows, indent=1))
    return 0


def make_pictures(folder: Path, count: int, size: tuple[int, int], source: Path | None) -> Path:
    """Write ``count`` JPEGs of (w, h) pixels, links to a few different ones."""
    import cv2
    import numpy as np

    from surgtools.images import IMAGE_SUFFIXES, read_image

    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    if source is None:
        images = [rng.integers(60, 180, (27, 48, 3), np.uint8) for _ in range(4)]
    else:
        found = sorted(p for p in source.rglob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
        images = [read_image(path) for path in found[:4]]
    names = []
    for number, image in enumerate(images):
        names.append(folder.parent / f"{folder.name}_{number}.jpg")
        cv2.imwrite(str(names[-1]), cv2.resize(image, size, interpolation=cv2.INTER_CUBIC))
    for number, name in enumerate(islice(cycle(names), count)):
        (folder / f"{number:03d}.jpg").symlink_to(name)
    return folder


def measure(code: Path, pictures: Path, out: Path, options: Sequence[str]) -> dict:
    """Run ``predict`` of a checkout on a folder; frames, instances and peak MiB."""
    command = [
        sys.executable,
        str(code / "tools/predict.py"),
        str(pictures),
        "--out-dir",
        str(out),
    ]
    process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"predict ended with exit code {process.returncode}")
    summary = json.loads((out / "predictions.json").read_text())["summary"]
    return {
        "frames": summary["frames"],
        "instances": summary["instances"],
        "seconds": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / 1024,
    }


def to_markdown(rows: Sequence[dict]) -> list[str]:
    """The lines of a table of the rows."""
    lines = [
        "| checkout | pictures | instances | CPU seconds | peak MiB |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {Path(row['code']).name} | {row['count']} of {row['size']} | {row['instances']} "
            f"| {row['seconds']:.0f} | {row['peak_mib']:.0f} |"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
