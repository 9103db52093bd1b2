"""Instruments in space from one picture each: the scenes of spatial_views.py, camera by camera.

python benchmarks/spatial_pictures.py --out OUT --scenes 12 [--models accurate]

OUT is that of benchmarks/spatial_views.py, which has rendered and predicted them. Every scene is
another one, where frames of a clip are alike; nothing is known from a picture before. With the
right models also: how far unmarked keypoints are off along the instrument and across it, and what
comes of some keypoints put where they truly are.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_fit import (  # noqa: E402
    compare,
    match,
    summary,
    true_instances,
    with_truth,
)
from benchmarks.spatial_views import CAMERAS, models_of  # noqa: E402
from surgtools.camera import read_camera  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402
from surgtools.prediction.results import FrameResult, Instance  # noqa: E402
from surgtools.spatial.space import Space  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402

GIVEN = {"true keypoints": ("",), "true arms": ("arm",), "true tips": ("tip",)}
"""Which keypoints are put where they truly are: the ends of their names."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--models", default="accurate")
    args = parser.parse_args()
    camera, table = read_camera(args.out / "camera.json"), {}
    known = models_of(args.out)
    ways = {way: (models, ()) for way, models in known.items() if models}
    ways |= {f"exact, {name}": (known["exact"], ends) for name, ends in GIVEN.items()}
    for way, (models, given) in ways.items():
        rows, total = [], 0
        for number in range(CAMERAS):
            space = Space(camera, models, SURGICAL)
            own, count = measured(args.out / "rig", number, args, space, given)
            rows, total = rows + own, total + count
        table[way] = {"matched": len(rows), "true_instruments": total, **groups(rows)}
    write_json(args.out / f"pictures_{args.models}.json", table, indent=1)
    print(json.dumps(table, indent=1))


def measured(
    root: Path, number: int, args: argparse.Namespace, space: Space, given: Sequence[str] = ()
) -> tuple[list[dict], int]:
    """Errors of what one camera found, and how many true instruments it saw.

    Args:
        given: keypoints whose names end so are put where they truly are.
    """
    truth = true_instances(root / f"cam_{number}/test")
    found = root / f"found_{args.models}_{args.scenes}_{number}/predictions.json"
    rows = []
    for frame in read_json(found)["instance_info"]:
        own = truth[int(Path(frame["image"]).stem)]
        instances = [Instance.from_json(entry) for entry in frame["instances"]]
        instances = with_truth(own, instances, given) if given else instances
        result = FrameResult(
            frame["image"], "image", frame["width"], frame["height"], instances,
            stem=frame["image"],
        )  # fmt: skip
        pairs = match(own, space.measure(result).instances)
        rows += [
            compare(one, seen) | unmarked(one, seen)
            for one, seen in pairs
            if seen.spatial.get("tips_mm")
        ]
    return rows, sum(len(own) for own in truth.values())


def unmarked(truth: dict, own: Instance) -> dict:
    """Errors of keypoints with a bone on both sides, percent of the instrument's size.

    *Along* the line between their neighbors, and *across* it. No mark shows where such a keypoint
    lies along the line, and perspective alone moves it there: *shift* is how far from the middle
    between its neighbors it truly lies.
    """
    category, pixels = truth["category"], truth["pixels"]
    bones, size = np.array(category.skeleton_indices), np.hypot(*np.ptp(pixels, axis=0)) / 100
    row: dict = {"along": [], "across": [], "shift": []}
    for i in range(category.num_keypoints):
        ends = bones[(bones == i).any(axis=1)].ravel()
        ends = ends[ends != i]
        if len(ends) == 2 and i != category.pivot:
            way = pixels[ends[1]] - pixels[ends[0]]
            way = way / np.linalg.norm(way)
            off, beside = own.keypoints[i] - pixels[i], pixels[i] - pixels[ends].mean(axis=0)
            row["along"].append(abs(float(off @ way)) / size)
            row["across"].append(abs(float(off[0] * way[1] - off[1] * way[0])) / size)
            row["shift"].append(abs(float(beside @ way)) / size)
    return row


def groups(rows: list[dict]) -> dict:
    """Summaries by category and of both, and of what has nothing hidden."""
    answer = {}
    for category in SURGICAL.categories:
        every = [row for row in rows if row["category"] == category.name]
        open_ones = [row for row in every if not row["hidden"]]
        for name, own in (("nothing hidden", open_ones), ("all", every)):
            answer[f"{category.name}, {name}"] = summary(own) | spread_of_unmarked(own)
    answer["both, nothing hidden"] = summary([row for row in rows if not row["hidden"]])
    answer["both, all"] = summary(rows)
    return answer


def spread_of_unmarked(rows: list[dict]) -> dict:
    """Median and 90th percentile of ``unmarked``."""
    answer = {}
    for name in ("along", "across", "shift"):
        values = [value for row in rows for value in row[name]]
        if values:
            spread = np.quantile(values, (0.5, 0.9))
            answer[f"unmarked_{name}"] = [round(float(value), 2) for value in spread]
    return answer


if __name__ == "__main__":
    main()
