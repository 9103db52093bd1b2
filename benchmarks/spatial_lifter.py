"""A lifter beside the fit, on rendered pictures, with true keypoints and with those found.

python benchmarks/spatial_lifter.py --lifter WORK_DIR --data DIR --out OUT [--models accurate]

DIR is a folder of a rendered split, with pictures. The fit knows the model of every instrument,
the lifter its length. *Flat* lays the keypoints into a plane across the line of sight: what one
knows without either. All errors are of keypoints from the first one, which does not count.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_fit import match  # noqa: E402
from benchmarks.spatial_labels import predicted_frames, true_pictures  # noqa: E402
from surgtools.camera import Camera  # noqa: E402
from surgtools.files import write_json  # noqa: E402
from surgtools.lifting import from_root, length_in_space  # noqa: E402
from surgtools.prediction.results import Instance  # noqa: E402
from surgtools.spatial.fit import Fitter  # noqa: E402
from surgtools.spatial.lifter import Lifter  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402

SEEN = 0.1
"""Score from which on the lifter is told of a keypoint."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lifter", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", default="accurate")
    args = parser.parse_args()
    frames = predicted_frames(args.data, args.models, args.out)
    lifter, pictures = Lifter(args.lifter), true_pictures(args.data)
    rows = []
    for camera, truth in pictures.values():
        sure = np.ones(5)
        rows += [errors(one, one["pixels"], sure, sure, camera, lifter, "true") for one in truth]
    for frame in frames:
        camera, truth = pictures[Path(frame["image"]).name]
        instances = [Instance.from_json(entry) for entry in frame["instances"]]
        for one, own in match(truth, instances):
            scores, visible = own.keypoint_scores, own.keypoint_visible
            rows.append(errors(one, own.keypoints, scores, visible, camera, lifter, "found"))
    results = {
        f"{kind} keypoints, {category.name}": summary(
            [r for r in rows if r["kind"] == kind and r["category"] == category.name]
        )
        for kind in ("true", "found")
        for category in SURGICAL.categories
    }
    write_json(args.out / f"lifter_{args.models}.json", results, indent=1)
    print(json.dumps(results, indent=1))


def errors(
    one: dict,
    keypoints: np.ndarray,
    scores: np.ndarray,
    visible: np.ndarray,
    camera: Camera,
    lifter: Lifter,
    kind: str,
) -> dict:
    """Millimeters by which each way of lifting misses the keypoints of one instrument."""
    category, truth = one["category"], 1000 * from_root(one["points"])
    length = length_in_space(truth)
    row = {"kind": kind, "category": category.name, "flat": None, "lifter": None, "fit": None}
    lifted = lifter(category.id, keypoints, camera, length, scores >= SEEN)
    poses = Fitter(one["model"], category, camera)(keypoints, scores, visible)
    answers = {
        "flat": flat(keypoints, camera, length),
        "lifter": lifted,
        "fit": 1000 * from_root(poses[0].points) if poses else None,
        "fit, better of two": min(
            (1000 * from_root(pose.points) for pose in poses),
            key=lambda points: miss(points, truth),
            default=None,
        ),
    }
    return row | {
        name: None if points is None else miss(points, truth) for name, points in answers.items()
    }


def flat(keypoints: np.ndarray, camera: Camera, length: float) -> np.ndarray:
    """(k, 3) keypoints in one plane, as long as the instrument."""
    points = np.column_stack([camera.undistort(keypoints), np.zeros(len(keypoints))])
    return from_root(points) * length / max(length_in_space(points), 1e-9)


def miss(points: np.ndarray, truth: np.ndarray) -> float:
    """Mean distance of keypoints, the root left out."""
    return float(np.linalg.norm(points - truth, axis=1)[1:].mean())


def summary(rows: list[dict]) -> dict:
    """MPJPE and its median over instruments; all ways on the same instruments."""
    ways = ("flat", "lifter", "fit", "fit, better of two")
    rows = [row for row in rows if all(row[way] is not None for way in ways)]
    answer: dict = {"instruments": len(rows)}
    for way in ways if rows else ():
        values = [row[way] for row in rows]
        answer[way] = {"mpjpe": round(np.mean(values), 2), "median": round(np.median(values), 2)}
    return answer


if __name__ == "__main__":
    main()
