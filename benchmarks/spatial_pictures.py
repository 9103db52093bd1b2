"""Instruments in space from one picture each: the scenes of spatial_views.py, camera by camera.

python benchmarks/spatial_pictures.py --out OUT --scenes 12 [--models accurate]

OUT is that of benchmarks/spatial_views.py, which has rendered and predicted them. Every scene is
another one, where frames of a clip are alike; nothing is known from a picture before.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_fit import compare, match, summary, true_instances  # noqa: E402
from benchmarks.spatial_views import CAMERAS, models_of  # noqa: E402
from surgtools.camera import read_camera  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402
from surgtools.prediction.results import FrameResult, Instance  # noqa: E402
from surgtools.spatial.space import Space  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--models", default="accurate")
    args = parser.parse_args()
    camera, table = read_camera(args.out / "camera.json"), {}
    for way, models in models_of(args.out).items():
        if models:
            rows, total = [], 0
            for number in range(CAMERAS):
                own, count = measured(
                    args.out / "rig", number, args, Space(camera, models, SURGICAL)
                )
                rows, total = rows + own, total + count
            table[way] = {"matched": len(rows), "true_instruments": total, **groups(rows)}
    write_json(args.out / f"pictures_{args.models}.json", table, indent=1)
    print(json.dumps(table, indent=1))


def measured(
    root: Path, number: int, args: argparse.Namespace, space: Space
) -> tuple[list[dict], int]:
    """Errors of what one camera found, and how many true instruments it saw."""
    truth = true_instances(root / f"cam_{number}/test")
    found = root / f"found_{args.models}_{args.scenes}_{number}/predictions.json"
    rows = []
    for frame in read_json(found)["instance_info"]:
        result = FrameResult(
            frame["image"], "image", frame["width"], frame["height"],
            [Instance.from_json(entry) for entry in frame["instances"]], stem=frame["image"],
        )  # fmt: skip
        own = truth[int(Path(frame["image"]).stem)]
        pairs = match(own, space.measure(result).instances)
        rows += [compare(one, seen) for one, seen in pairs if seen.spatial.get("tips_mm")]
    return rows, sum(len(own) for own in truth.values())


def groups(rows: list[dict]) -> dict:
    """Summaries by category, and of what has nothing hidden."""
    answer = {}
    for category in SURGICAL.categories:
        own = [row for row in rows if row["category"] == category.name]
        answer[f"{category.name}, nothing hidden"] = summary([r for r in own if not r["hidden"]])
        answer[f"{category.name}, all"] = summary(own)
    return answer


if __name__ == "__main__":
    main()
