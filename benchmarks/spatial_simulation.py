"""How well an instrument can be known in space: the generator's models, noise of a good network.

python benchmarks/spatial_simulation.py --out OUT

A needle holder and tweezers are placed 0.3 to 0.6 m before a camera of 960x544 pixels and focal
length 1000, with 1.87 px of noise on every keypoint. One picture is fitted with the model, with a
model of other measures but the same length, and with a focal length a quarter too long. Two and
three pictures, taken from cameras 20, 40 and 60 degrees apart, are triangulated without a model.
At last both tips, and nothing else, lie beyond the border of the picture; they are set to where
their bones leave it, as networks do.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_scenes import CAMERA, surgtools, write_settings  # noqa: E402
from surgtools.camera import Camera  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.spatial.fit import Fitter  # noqa: E402
from surgtools.spatial.instrument_model import read_spatial_model  # noqa: E402
from surgtools.spatial.rig import RigCamera  # noqa: E402
from surgtools.spatial.triangulation import triangulate  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402

NOISE_PX = 1.87
INSIDE_95 = 7.815  # chi square of three dimensions
FILES = {"needle_holder": "holder", "tweezers": "tweezers"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--poses", type=int, default=200, help="of each instrument")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    camera = Camera(**CAMERA)
    longer = Camera(**{**CAMERA, "fx": 1250, "fy": 1250})
    paths = write_settings(args.out)
    results: dict[str, dict] = {}
    for kind, file in FILES.items():
        model, other = (read_model(args.out, paths, name) for name in (file, f"other_{file}"))
        category = SURGICAL.get(kind)
        fits = {
            "exact": Fitter(model, category, camera),
            "other measures": Fitter(other, category, camera),
            "focal length 25 % off": Fitter(model, category, longer),
        }
        rows: dict[str, list[dict]] = {name: [] for name in fits}
        apart: dict[str, list[float]] = {}
        for _ in range(args.poses):
            opening, truth = place(model, rng)
            truth = truth[category.order_sides(camera.project(truth))]
            pixels = camera.project(truth) + rng.normal(0, NOISE_PX, (len(truth), 2))
            for name, fit in fits.items():
                poses = fit(pixels, np.ones(len(pixels)), np.ones(len(pixels)))
                if poses:
                    rows[name].append(compare(poses, truth, opening, category))
            tips = truth[[category.index(name) for name in category.tips]]
            for name, rig in rigs(camera).items():
                seen = np.array([own.project(1000 * tips) for own in rig])
                points = triangulate(rig, seen + rng.normal(0, NOISE_PX, seen.shape))
                errors = np.linalg.norm(points - 1000 * tips, axis=1)
                apart.setdefault(name, []).extend(errors.tolist())
        rows["both tips beyond the border"] = []
        for opening, truth, pixels in beyond_border(model, category, camera, args.poses):
            if poses := fits["exact"](pixels, np.ones(len(pixels)), np.ones(len(pixels))):
                row = compare(poses, truth, opening, category)
                rows["both tips beyond the border"].append(row)
        results[kind] = {name: summary(own) for name, own in rows.items()}
        results[kind]["triangulated tips, mm"] = {n: spread(v) for n, v in apart.items()}
    write_json(args.out / "simulation.json", results, indent=1)
    print(json.dumps(results, indent=1))


def read_model(out: Path, paths: dict[str, Path], name: str):
    """Keypoints over openings, which the generator writes where they are not there."""
    path = out / f"{name}.json"
    if not path.exists():
        surgtools("generate", "inspect", paths[name], "--skeleton", path)
    return read_spatial_model(path)


def rigs(camera: Camera) -> dict[str, list[RigCamera]]:
    """Two and three cameras on a circle around a point 0.45 m away; millimeters."""
    found = {}
    for count in (2, 3):
        for angle in (20, 40, 60):
            cameras = []
            for turn in np.radians(np.linspace(-angle / 2, angle / 2, count)):
                rotation = cv2.Rodrigues(np.array([0, -turn, 0]))[0]
                aim = np.array([0, 0, 450.0])
                cameras.append(RigCamera(str(turn), camera, rotation, aim - rotation @ aim))
            found[f"{count} views, {angle} degrees"] = cameras
    return found


def spread(values) -> list[float]:
    """Median and 90th percentile."""
    return [round(float(np.quantile(values, q)), 2) for q in (0.5, 0.9)]


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


def beyond_border(model, category, camera: Camera, count: int):
    """Openings, true points and pixels of instruments whose tips alone lie outside."""
    rng, last = np.random.default_rng(3), np.array([camera.width - 1, camera.height - 1])
    tips = [category.index(name) for name in category.tips]
    while count:
        opening, truth = place(model, rng)
        truth = truth + [rng.uniform(-0.3, 0.3), rng.uniform(-0.2, 0.2), 0]
        truth = truth[category.order_sides(camera.project(truth))]
        pixels = camera.project(truth)
        inside = ((pixels >= 0) & (pixels <= last)).all(axis=1)
        if inside[tips].any() or not np.delete(inside, tips).all():
            continue
        count -= 1
        for tip in tips:
            (start,) = (
                a if b == tip else b for a, b in category.skeleton_indices if tip in (a, b)
            )
            way = pixels[tip] - pixels[start]
            room = np.where(way > 0, last - pixels[start], pixels[start])
            share = (room / np.maximum(np.abs(way), 1e-9)).min()
            pixels[tip] = pixels[start] + min(share, 1.0) * way
        yield opening, truth, pixels + rng.normal(0, NOISE_PX, pixels.shape)


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
        result[name] = spread(values)
    result["inside_95"] = round(float(np.mean([v for row in rows for v in row["inside"]])), 3)
    result["second_pose"] = round(float(np.mean([row["second"] for row in rows])), 3)
    return result


if __name__ == "__main__":
    main()
