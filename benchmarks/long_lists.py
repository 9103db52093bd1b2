"""Time and memory that ``predict`` takes to list inputs and to share them out, by their number.

The folder holds hard links to one small picture, 1,000 to a subfolder or all in one folder. Each
row is a process of its own. Memory is the peak of the process above what it held before it began;
``shards`` says how many inputs each of four machines would take. Seconds are of the processor,
so that a busy machine does not count.

    python benchmarks/long_lists.py --counts 1000 10000 100000
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SHARDS = 4
MOST_LINKS = 30_000
"""File systems allow so many names of one file, and a few more."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--in-one-folder", action="store_true")
    parser.add_argument("--list", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.list:
        print(json.dumps(list_and_share(args.list)))
        return 0
    print("| inputs | listed, s | per 1,000, s | todo, s | memory, MB | shards |")
    print("|---|---|---|---|---|---|")
    for count in args.counts:
        with tempfile.TemporaryDirectory() as folder:
            make_links(Path(folder), count, args.in_one_folder)
            command = [sys.executable, __file__, "--list", folder]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        row = json.loads(done.stdout)
        assert row["inputs"] == count == sum(row["shards"])
        print(
            f"| {count} | {row['listed']:.2f} | {1000 * row['listed'] / count:.3f} "
            f"| {row['todo']:.2f} | {row['memory']:.1f} | {' '.join(map(str, row['shards']))} |",
            flush=True,
        )
    return 0


def make_links(folder: Path, count: int, in_one_folder: bool) -> None:
    """Fill a folder with so many names of a few small pictures."""
    import cv2
    import numpy as np

    first = folder / ".first.jpg"
    for number in range(count):
        place = folder if in_one_folder else folder / f"{number // 1000:04d}"
        if number % MOST_LINKS == 0:
            first.unlink(missing_ok=True)
            cv2.imwrite(str(first), np.full((16, 16, 3), 90, np.uint8))
        if number % 1000 == 0:
            place.mkdir(exist_ok=True)
        os.link(first, place / f"frame_{number}.jpg")
    first.unlink()


def list_and_share(folder: Path) -> dict:
    """List a folder as ``predict`` does, and share it out among ``SHARDS`` machines."""
    from surgtools.prediction.parts import Parts
    from surgtools.prediction.source_list import SourceList, is_in_shard
    from surgtools.prediction.sources import stream_sources

    SourceList.of(stream_sources([str(ROOT / "docs/overview.jpg")], print))  # loads what it needs
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    sources = SourceList.of(stream_sources([str(folder)], print))
    listed = time.process_time() - start
    start = time.process_time()
    parts = Parts(folder / "out/predictions.json", {})
    todo = SourceList(each for group in sources.groups() for each in parts.missing(group))
    took = time.process_time() - start
    shards = [
        sum(is_in_shard(each.source, (part, SHARDS)) for each in todo)
        for part in range(1, SHARDS + 1)
    ]
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    memory = (after - before) / 1024
    return {
        "inputs": len(todo),
        "listed": listed,
        "todo": took,
        "memory": memory,
        "shards": shards,
    }


if __name__ == "__main__":
    sys.exit(main())
