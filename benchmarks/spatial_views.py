"""Tips from two and three rendered views, through the detector and the pose model of the package.

python benchmarks/spatial_views.py --out OUT [--scenes 12] [--models accurate]

Four cameras stand 20 degrees apart; every two and every three of them are triangulated.
"""

import argparse
import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_fit import true_instances  # noqa: E402
from benchmarks.spatial_scenes import make_scenes, surgtools  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.spatial.rig import read_rig  # noqa: E402
from surgtools.spatial.space_tracks import instruments_in_space  # noqa: E402
from surgtools.spatial.view_files import read_view  # noqa: E402

CAMERAS, ANGLE, SEED = 4, 20, 2202


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--scenes", type=int, default=12)
    parser.add_argument("--models", default="accurate")
    args = parser.parse_args()
    make_scenes(args.out, "rig", args.scenes, SEED, "--rig", CAMERAS, "--rig-angle", ANGLE)
    root = args.out / "rig"
    for number in range(CAMERAS):
        found = root / f"found_{args.models}_{args.scenes}_{number}"
        if not (found / "predictions.json").exists():
            surgtools(
                "predict", root / f"cam_{number}/test/images", "--models", args.models,
                "--out-dir", found, "--no-draw",
            )  # fmt: skip
    rig = read_rig(root / "rig.toml")
    views = [
        read_view(root / f"found_{args.models}_{args.scenes}_{n}/predictions.json", camera.camera)
        for n, camera in enumerate(rig)
    ]
    truth = true_instances(root / "cam_0/test")
    results: dict[str, dict] = {}
    for count in (2, 3):
        for chosen in combinations(range(CAMERAS), count):
            angle = ANGLE * (chosen[-1] - chosen[0])
            own = results.setdefault(f"{count} views, {angle} degrees", {"rows": [], "found": 0})
            try:
                moments = instruments_in_space(
                    [rig[i] for i in chosen], [views[i] for i in chosen]
                )
            except InputError as error:
                print(chosen, error)
                continue
            for moment in moments:
                if int(moment.names[0]) not in truth:  # of a run of more scenes
                    continue
                own["found"] += len(moment.instances)
                own["rows"] += compare(truth[int(moment.names[0])], moment.instances)
    table = {name: summary(own) for name, own in results.items()}
    write_json(args.out / f"views_{args.models}.json", table, indent=1)
    print(json.dumps(table, indent=1))


def compare(truth: list[dict], found: list) -> list[dict]:
    """Errors of the tips of what was found, against the nearest true instrument; millimeters."""
    rows = []
    for instance in found:
        category = instance.category
        tips = [category.index(name) for name in category.tips]
        nearest = None
        for one in truth:
            if one["category"].id != category.id:
                continue
            points = 1000 * one["points"]
            errors = min(
                (np.linalg.norm(instance.points[tips] - points[order], axis=1)
                 for order in (tips, tips[::-1])),
                key=np.sum,
            )  # fmt: skip
            if nearest is None or errors.sum() < nearest["tip"].sum():
                nearest = {"tip": errors, "hidden": one["hidden"]}
        if nearest is not None:
            pixels = float(np.nanmedian(instance.errors))
            rows.append({**nearest, "category": category.name, "pixels": pixels})
    return rows


def summary(own: dict) -> dict:
    """Median and 90th percentile, millimeters."""
    rows = own["rows"]
    answer: dict = {"instruments": own["found"]}
    groups = {
        "all": rows,
        "nothing hidden": [row for row in rows if not row["hidden"]],
        "needle_holder": [row for row in rows if row["category"] == "needle_holder"],
        "tweezers": [row for row in rows if row["category"] == "tweezers"],
    }
    for name, group in groups.items():
        values = np.concatenate([row["tip"] for row in group]) if group else np.zeros(0)
        if values.size:
            spread = [round(float(np.quantile(values, q)), 2) for q in (0.5, 0.9)]
            answer[name] = {"tips": int(values.size), "tip": spread}
    if rows:
        answer["reprojection_px"] = round(float(np.median([row["pixels"] for row in rows])), 2)
    return answer


if __name__ == "__main__":
    main()
