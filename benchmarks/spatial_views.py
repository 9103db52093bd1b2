"""Tips from two and three rendered views, through the detector and the pose model of the package.

python benchmarks/spatial_views.py --out OUT [--scenes 12] [--models accurate]

Four cameras stand 20 degrees apart; every two and every three of them are triangulated, without a
model of the instruments, with theirs, and with those of others of the same lengths. What is
found must lie on an instrument of the scene in the pictures: the scenes hold clamps, scissors and
hands, too, and one of these that all views take for an instrument is a false find, not an error of
a tip.
"""

import argparse
import json
import sys
from itertools import combinations
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_fit import INSIDE_95, true_instances  # noqa: E402
from benchmarks.spatial_scenes import make_scenes, surgtools, write_settings  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.spatial.instrument_model import SpatialModel, read_spatial_model  # noqa: E402
from surgtools.spatial.rig import RigCamera, read_rig  # noqa: E402
from surgtools.spatial.space_tracks import SpaceInstance, instruments_in_space  # noqa: E402
from surgtools.spatial.view_files import ViewFile, read_view  # noqa: E402
from surgtools.taxonomy import Category  # noqa: E402

CAMERAS, ANGLE, SEED = 4, 20, 2202
SURE_MM = 8.0
"""Tips with a smaller standard deviation are also listed apart."""

QS = (0.5, 0.9)
SAME = 0.25
"""Found and true keypoints of one instrument lie within this share of its size, at the median."""


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
    truth, table = true_instances(root / "cam_0/test"), {}
    for way, known in models_of(args.out).items():
        results: dict[str, dict] = {}
        for count in (2, 3):
            for chosen in combinations(range(CAMERAS), count):
                angle = ANGLE * (chosen[-1] - chosen[0])
                own = results.setdefault(f"{count} views, {angle} degrees", new_results())
                collect(own, [rig[i] for i in chosen], [views[i] for i in chosen], known, truth)
        table[way] = {name: summary(own) for name, own in results.items()}
    write_json(args.out / f"views_{args.models}.json", table, indent=1)
    print(json.dumps(table, indent=1))


def models_of(out: Path) -> dict[str, list[SpatialModel]]:
    """How instruments are placed: without a model, with the right ones, with wrong ones."""
    paths = write_settings(out)
    ways: dict[str, list[SpatialModel]] = {"no model": [], "exact": [], "other measures": []}
    for way, kind in (("exact", ""), ("other measures", "other_")):
        for name in (f"{kind}holder", f"{kind}tweezers"):
            if not (out / f"{name}.json").exists():
                surgtools("generate", "inspect", paths[name], "--skeleton", out / f"{name}.json")
            ways[way].append(read_spatial_model(out / f"{name}.json"))
    return ways


def new_results() -> dict:
    return {"rows": [], "found": 0, "from_model": 0}


def collect(
    results: dict,
    rig: list[RigCamera],
    views: list[ViewFile],
    known: list[SpatialModel],
    truth: dict[int, list[dict]],
) -> None:
    """Add what some of the cameras give."""
    try:
        moments, _ = instruments_in_space(rig, views, models=known)
    except InputError as error:
        print([camera.name for camera in rig], error)
        return
    for moment in moments:
        if int(moment.names[0]) in truth:  # else of a run of more scenes
            results["found"] += len(moment.instances)
            results["from_model"] += sum(one.opening is not None for one in moment.instances)
            results["rows"] += compare(truth[int(moment.names[0])], moment.instances, rig)


def compare(truth: list[dict], found: list[SpaceInstance], rig: list[RigCamera]) -> list[dict]:
    """Errors of the tips of what was found, each against the true instrument it lies on.

    Args:
        found: of one moment.
        rig: the cameras it was triangulated from.

    Returns:
        One row for each true instrument that was found: millimeters, and whether the truth lies
        in the 95 % region.
    """
    rows, taken = [], set()
    for instance in found:
        category = instance.category
        cameras = [rig[i] for i in instance.views]
        misses = [
            miss(instance.points, 1000 * one["points"], category, cameras)
            if one["category"].id == category.id
            else np.inf
            for one in truth
        ]
        best = int(np.argmin(misses)) if misses else -1
        if best < 0 or misses[best] > SAME or best in taken:
            continue
        taken.add(best)
        tips = [category.index(name) for name in category.tips]
        points = 1000 * truth[best]["points"]
        order = min(
            (tips, tips[::-1]),
            key=lambda order: np.linalg.norm(instance.points[tips] - points[order], axis=1).sum(),
        )
        off = instance.points[tips] - points[order]
        regions = instance.covariances[tips]
        rows.append(
            {
                "tip": np.linalg.norm(off, axis=1),
                "std": instance.stds[tips],
                "inside": np.einsum("ni,nij,nj->n", off, np.linalg.pinv(regions), off) < INSIDE_95,
                "hidden": truth[best]["hidden"],
                "category": category.name,
                "fits": instance.opening is not None,
                "pixels": float(np.nanmedian(instance.errors)),
            }
        )
    return rows


def miss(
    found: np.ndarray, points: np.ndarray, category: Category, cameras: list[RigCamera]
) -> float:
    """How far both lie apart in the pictures, in sizes of the true one; sides do not count."""
    shares = []
    for camera in cameras:
        seen, true = camera.project(found), camera.project(points)
        size = np.hypot(*np.ptp(true, axis=0))
        orders = (np.arange(len(true)), np.array(category.flip_indices))
        apart = np.min([np.linalg.norm(seen - true[order], axis=1) for order in orders], axis=0)
        shares.append(np.nan_to_num(apart, nan=np.inf) / size)
    return float(np.median(shares))


def summary(own: dict) -> dict:
    """Median and 90th percentile, millimeters; how many tips are far off, and do not say so."""
    rows = own["rows"]
    fit = sum(row["fits"] for row in rows)
    answer: dict = {"found": own["found"], "fit": own["from_model"]}
    answer |= {"false": own["found"] - len(rows), "false_fit": own["from_model"] - fit}
    groups = {
        "all": rows,
        "nothing hidden": [row for row in rows if not row["hidden"]],
        "needle_holder": [row for row in rows if row["category"] == "needle_holder"],
        "tweezers": [row for row in rows if row["category"] == "tweezers"],
    }
    for name, group in groups.items():
        values = np.concatenate([row["tip"] for row in group]) if group else np.zeros(0)
        if values.size:
            spread = [round(float(np.quantile(values, q)), 2) for q in QS]
            stds, inside = (
                np.concatenate([row[key] for row in group]) for key in ("std", "inside")
            )
            answer[name] = {
                "tips": int(values.size),
                "tip": spread,
                "worst": round(float(values.max()), 1),
                "std": round(float(np.median(stds)), 2),
                "inside_95": round(float(inside.mean()), 3),
                "sure": int((stds < SURE_MM).sum()),
                "sure_tip": [round(float(np.quantile(values[stds < SURE_MM], q)), 2) for q in QS]
                if (stds < SURE_MM).any()
                else None,
            }
    if rows:
        answer["reprojection_px"] = round(float(np.median([row["pixels"] for row in rows])), 2)
    return answer


if __name__ == "__main__":
    main()
