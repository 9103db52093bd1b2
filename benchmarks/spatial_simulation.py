"""How well a fit can know an instrument in space: generator's models, noise of a good network.

python benchmarks/spatial_simulation.py --out OUT

Needles holders and tweezers of random measures are placed 0.3 to 0.6 m before a camera of 960x544
pixels and focal length 1000, with 1.87 px of noise on every keypoint. The same keypoints are also
fitted with a model of other measures but the right length, and with a focal length a quarter
too long.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_scenes import (  # noqa: E402
    CAMERA,
    HOLDER,
    OTHER_HOLDER,
    OTHER_TWEEZERS,
    POINTS,
    TWEEZERS,
    surgtools,
)
from surgtools.files import write_json  # noqa: E402
from surgtools.spatial.camera import Camera  # noqa: E402
from surgtools.spatial.fit import Fitter  # noqa: E402
from surgtools.spatial.instrument_model import read_spatial_model  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402

NOISE_PX = 1.87
INSIDE_95 = 7.815  # chi square of three dimensions
VARIED = {
    "needle_holder": {"jaw_share": (0.17, 0.33), "shank_gap": (0.05, 0.15), "widest": (0.4, 1.5)},
    "tweezers": {"bow": (0.0, 0.08), "tip_bend": (0.0, 0.5), "widest": (0.15, 0.36)},
}
LENGTHS = {"needle_holder": (0.12, 0.23), "tweezers": (0.10, 0.25)}
BASES = {"needle_holder": (HOLDER, OTHER_HOLDER), "tweezers": (TWEEZERS, OTHER_TWEEZERS)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--holders", type=int, default=12)
    parser.add_argument("--tweezers", type=int, default=6)
    parser.add_argument("--poses", type=int, default=40, help="of each instrument")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    camera = Camera(**CAMERA)
    longer = Camera(**{**CAMERA, "fx": 1250, "fy": 1250})
    results = {}
    for kind, count in (("needle_holder", args.holders), ("tweezers", args.tweezers)):
        rows: dict[str, list[dict]] = {"exact": [], "other model": [], "focal length 25 % off": []}
        for number in range(count):
            model, other = (
                make_model(args.out, kind, number, values) for values in draw(kind, rng)
            )
            category = SURGICAL.get(kind)
            fits = {
                "exact": Fitter(model, category, camera),
                "other model": Fitter(other, category, camera),
                "focal length 25 % off": Fitter(model, category, longer),
            }
            for _ in range(args.poses):
                opening, truth = place(model, rng)
                order = category.order_sides(camera.project(truth))
                truth = truth[order]
                pixels = camera.project(truth) + rng.normal(0, NOISE_PX, (len(truth), 2))
                for name, fit in fits.items():
                    poses = fit(pixels, np.ones(len(pixels)), np.ones(len(pixels)))
                    if poses:
                        rows[name].append(compare(poses, truth, opening, category))
        results[kind] = {name: summary(own) for name, own in rows.items()}
    write_json(args.out / "simulation.json", results, indent=1)
    print(json.dumps(results, indent=1))


def draw(kind: str, rng: np.random.Generator) -> tuple[dict, dict]:
    """Measures of one instrument, and of another one as long."""
    base, other = BASES[kind]
    values = {"length": float(rng.uniform(*LENGTHS[kind]))}
    varied = {name: float(rng.uniform(*span)) for name, span in VARIED[kind].items()}
    return {**base, **varied, **values}, {**other, **values}


def make_model(out: Path, kind: str, number: int, ranges: dict):
    """The keypoints of an instrument over its openings, written by the generator."""
    out.mkdir(parents=True, exist_ok=True)
    same = "other" if ranges.get("widest") == BASES[kind][1]["widest"] else "model"
    source, path = out / f"{kind}_{number}_{same}.yaml", out / f"{kind}_{number}_{same}.json"
    points = {name: name for name in POINTS[kind]}
    content = {"category": kind, "shape": kind, "ranges": ranges, "keypoints": points}
    text = yaml.safe_dump(content, sort_keys=False)
    if not path.exists() or source.read_text() != text:
        source.write_text(text)
        surgtools("generate", "inspect", source, "--skeleton", path)
    return read_spatial_model(path)


def place(model, rng: np.random.Generator) -> tuple[float, np.ndarray]:
    """An opening, and (k, 3) keypoints before the camera, meters."""
    opening = float(rng.uniform(*model.openings[[0, -1]]))
    azimuth, tilt = rng.uniform(0, 2 * np.pi), np.radians(rng.uniform(0, 50))
    lean = cv2.Rodrigues(tilt * np.array([np.cos(azimuth), np.sin(azimuth), 0]))[0]
    roll = cv2.Rodrigues(np.array([0, 0, rng.uniform(0, 2 * np.pi)]))[0]
    turned = np.diag([1.0, -1.0, -1.0]) if rng.random() < 0.5 else np.eye(3)
    points = model.at(opening)[0] @ (lean @ roll @ turned).T
    middle = [rng.uniform(-0.05, 0.05), rng.uniform(-0.03, 0.03), rng.uniform(0.3, 0.6)]
    return opening, points - points.mean(axis=0) + middle


def compare(poses: list, truth: np.ndarray, opening: float, category) -> dict:
    """Errors of the tips of one instrument: millimeters, degrees."""
    best = poses[0]
    row = {"tip": [], "lateral": [], "depth": [], "inside": [], "second": len(poses) > 1}
    for name in category.tips:
        i = category.index(name)
        off = best.points[i] - truth[i]
        sight = truth[i] / np.linalg.norm(truth[i])
        depth = float(off @ sight)
        row["tip"].append(1000 * float(np.linalg.norm(off)))
        row["lateral"].append(1000 * float(np.linalg.norm(off - depth * sight)))
        row["depth"].append(1000 * abs(depth))
        row["inside"].append(bool(off @ np.linalg.solve(best.covariances[i], off) < INSIDE_95))
    axis, true_axis = (along(points, category) for points in (best.points, truth))
    row["axis"] = float(np.degrees(np.arccos(np.clip(axis @ true_axis, -1, 1))))
    row["opening"] = float(np.degrees(abs(best.opening - opening)))
    row["distance"] = 1000 * float(abs(best.points.mean(axis=0)[2] - truth.mean(axis=0)[2]))
    return row


def along(points: np.ndarray, category) -> np.ndarray:
    """Unit vector from base to tips."""
    ends = [
        points[[category.index(name) for name in names]].mean(axis=0)
        for names in (category.base, category.tips)
    ]
    return (ends[1] - ends[0]) / np.linalg.norm(ends[1] - ends[0])


def summary(rows: list[dict]) -> dict:
    """Median and 90th percentile of every error, and how often the truth lies inside."""
    result: dict = {"instruments": len(rows)}
    for name in ("tip", "lateral", "depth", "opening", "axis", "distance"):
        values = np.concatenate([np.atleast_1d(row[name]) for row in rows])
        result[name] = [
            round(float(np.median(values)), 2),
            round(float(np.quantile(values, 0.9)), 2),
        ]
    result["inside_95"] = round(float(np.mean([v for row in rows for v in row["inside"]])), 3)
    result["second_pose"] = round(float(np.mean([row["second"] for row in rows])), 3)
    return result


if __name__ == "__main__":
    main()
