"""Instruments in space on any rendered pictures, each with its own model made from its labels.

python benchmarks/spatial_labels.py --data DIR --out OUT [--models accurate]

Rendered labels hold the pose, the opening and the keypoints in space of every instrument, and the
camera of every picture. From these follows where the keypoints lie at any other opening: the
halves of a needle holder turn about its hinge; the tips of tweezers turn about their end, which is
nearly so. Instruments whose model does not give back their own true keypoints to 2 mm are left
out. The wrong model is that of another instrument of the category, scaled to the length.
"""

import argparse
import json
import sys
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_fit import compare, match, summary, surgtools  # noqa: E402
from surgtools.camera import Camera  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402
from surgtools.prediction.results import Instance  # noqa: E402
from surgtools.spatial.fit import Fitter  # noqa: E402
from surgtools.spatial.flat_measures import opening_shown  # noqa: E402
from surgtools.spatial.instrument_model import SpatialModel  # noqa: E402
from surgtools.spatial.space import pose_entry  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402

OPENINGS = np.linspace(0, 1.6, 65)
SPANS = {"needle_holder": 1.6, "tweezers": 0.36}
"""Widest openings that are rendered, radians."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a folder of a rendered split")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--models", default="accurate")
    args = parser.parse_args()
    frames = predicted_frames(args.data, args.models, args.out)
    pictures = true_pictures(args.data)
    every = [one for _, own in pictures.values() for one in own]
    rng = np.random.default_rng(0)
    rows: dict[str, list[dict]] = {"exact": [], "other measures": []}
    for frame in frames:
        camera, truth = pictures[Path(frame["image"]).name]
        instances = [Instance.from_json(entry) for entry in frame["instances"]]
        for one, own in match(truth, instances):
            others = [o for o in every if o["category"] == one["category"] and o is not one]
            models = {"exact": one["model"], "other measures": scaled(rng.choice(others), one)}
            for name, model in models.items():
                measured = measure(own, model, camera)
                if measured is not None:
                    rows[name].append(compare(one, measured))
    results = {"true_instruments": len(every)}
    results |= {name: tables(own) for name, own in rows.items()}
    write_json(args.out / f"labels_{args.models}.json", results, indent=1)
    print(json.dumps(results, indent=1))


def predicted_frames(data: Path, models: str, out: Path) -> list[dict]:
    """What a pair finds in the pictures of a rendered split; done once, ``predict`` sees to it."""
    found = out / f"labels_{models}"
    words = ("--models", models, "--out-dir", found, "--no-draw", "--no-tta")
    surgtools("predict", data / "images", *words)
    return read_json(found / "predictions.json")["instance_info"]


def true_pictures(data: Path) -> dict[str, tuple[Camera, list[dict]]]:
    """File name to the camera, and the instruments with the model of each."""
    content = read_json(data / "coco_keypoints.json")
    pictures, names = {}, {}
    for image in content["images"]:
        values = {k: image["camera"][k] for k in ("fx", "fy", "cx", "cy")}
        bent = float(image["camera"].get("distortion", 0.0))
        camera = Camera(image["width"], image["height"], **values, distortion=bent)
        pictures[image["file_name"]], names[image["id"]] = (camera, []), image["file_name"]
    for row in content["annotations"]:
        camera, own = pictures[names[row["image_id"]]]
        x, y, width, height = row["bbox"]
        keypoints = np.array(row["keypoints"]).reshape(-1, 3)
        points = np.array(row["keypoints_3d"])
        one = {
            "category": SURGICAL.get(row["category_id"]),
            "box": [x, y, x + width, y + height],
            "pixels": camera.project(points),
            "hidden": bool((keypoints[:, 2] < 2).any()),
            "points": points,
            "opening": row["opening_angle"],
        }
        model = model_of(one, np.array(row["pose"]))
        if gives_back(model, one):
            own.append({**one, "model": model})
    return pictures


def gives_back(model: SpatialModel, one: dict) -> bool:
    """Whether a pose of the model has the true keypoints, to 2 mm."""
    wide = Camera(20000, 20000, 1000, 1000, 10000, 10000)  # sees what lies beyond the picture, too
    sure = np.ones(len(one["points"]))
    poses = Fitter(model, one["category"], wide)(wide.project(one["points"]), sure, sure)
    off = (np.abs(pose.points - one["points"]).max() for pose in poses)
    return min(off, default=1.0) < 0.002


def model_of(one: dict, pose: np.ndarray) -> SpatialModel:
    """The keypoints over the openings, in the frame of the model: tips along +Y, flat along Z."""
    category = one["category"]
    points = (one["points"] - pose[:3, 3]) @ pose[:3, :3]
    for left, right in category.swaps:  # as the metal has them: left lies at x < 0
        i, j = category.index(left), category.index(right)
        if points[i, 0] > points[j, 0]:
            points[[i, j]] = points[[j, i]]
    openings = OPENINGS[OPENINGS <= SPANS[category.name] + 1e-9]
    posed = []
    for opening in openings:
        half = (opening - one["opening"]) / 2
        at = points.copy()
        for i, name in enumerate(category.keypoints):
            if name.startswith(("left_", "right_")):
                sign = 1 if name.startswith("left_") else -1
                # Halves of a holder cross: the left handle turns with the right tip.
                share = -1 if name.endswith("handle") else 1
                turn = cv2.Rodrigues(np.array([0, 0, sign * share * half]))[0]
                at[i] = turn @ points[i]
        posed.append(at)
    return SpatialModel(category.name, category.keypoints, openings, np.array(posed))


def scaled(other: dict, one: dict) -> SpatialModel:
    """The model of another instrument, as long as this one."""
    model, own = other["model"], one["model"]
    points = model.points * own.length / model.length
    return SpatialModel(model.category, model.keypoints, model.openings, points)


def measure(own: Instance, model: SpatialModel, camera: Camera) -> Instance | None:
    """The instance with its tips in space; None where no pose fits."""
    category = own.category
    poses = Fitter(model, category, camera)(
        own.keypoints, own.keypoint_scores, own.keypoint_visible
    )
    if not poses:
        return None
    shown = opening_shown(category, own.keypoints) or 0.0
    entry = pose_entry(poses, category.tips, category.keypoints)
    return own.changed(spatial=entry | {"opening_shown_deg": float(np.degrees(shown))})


def tables(rows: list[dict]) -> dict:
    answer = {}
    for category in SURGICAL.categories:
        own = [row for row in rows if row["category"] == category.name]
        open_ones = [row for row in own if not row["hidden"]]
        answer[category.name] = {"all": summary(own), "nothing hidden": summary(open_ones)}
    answer["both, nothing hidden"] = summary([row for row in rows if not row["hidden"]])
    return answer


if __name__ == "__main__":
    main()
