"""Instruments in space on rendered clips, through the detector and the pose model of the package.

python benchmarks/spatial_fit.py --out OUT [--clips 16] [--models accurate]

Renders clips that no network has seen, predicts on them, and compares tips and openings with what
was rendered: for the exact models and for models of other measures, and for the exact ones with
some of the keypoints put where they truly are.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.spatial_scenes import make_scenes, surgtools, write_settings  # noqa: E402
from surgtools.boxes import box_iou_xyxy  # noqa: E402
from surgtools.camera import Camera, read_camera  # noqa: E402
from surgtools.files import read_json, write_json  # noqa: E402
from surgtools.prediction.results import FrameResult, Instance  # noqa: E402
from surgtools.spatial.instrument_model import read_spatial_model  # noqa: E402
from surgtools.spatial.space import Space  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402

FRAMES = 6  # of a clip
SEED = 2201
INSIDE_95 = 7.815  # chi square of three dimensions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--clips", type=int, default=16)
    parser.add_argument("--models", default="accurate")
    args = parser.parse_args()
    folder = make_scenes(args.out, "clips", FRAMES * args.clips, SEED, "--video", FRAMES)
    paths = write_settings(args.out)
    for name in ("holder", "tweezers", "other_holder", "other_tweezers"):
        surgtools("generate", "inspect", paths[name], "--skeleton", args.out / f"{name}.json")
    found = args.out / f"found_{args.models}"
    clips = sorted(folder.glob("clip_*.mp4"))[: args.clips]
    if not (found / "predictions.json").exists():
        surgtools(
            "predict", *clips, "--models", args.models, "--out-dir", found, "--no-draw",
            "--camera", paths["camera"], "--model-3d", args.out / "holder.json",
            "--model-3d", args.out / "tweezers.json",
        )  # fmt: skip
    truth = true_instances(folder)
    frames = read_json(found / "predictions.json")["instance_info"]
    results = {}
    for name, models, given in (
        ("exact", "", ()),
        ("other measures", "other_", ()),
        ("exact, true keypoints", "", ("",)),
        ("exact, true arms", "", ("arm",)),
        ("exact, true tips", "", ("tip",)),
    ):
        space = Space(
            read_camera(paths["camera"]),
            [
                read_spatial_model(args.out / f"{models}{kind}.json")
                for kind in ("holder", "tweezers")
            ],
            SURGICAL,
        )
        results[name] = tables(frames, truth, space, given)
    write_json(args.out / f"fit_{args.models}.json", results, indent=1)
    print(json.dumps(results, indent=1))


def true_instances(folder: Path) -> dict[int, list[dict]]:
    """Number of the picture to what was rendered in it."""
    content = read_json(folder / "coco_keypoints.json")
    numbers = {image["id"]: int(Path(image["file_name"]).stem) for image in content["images"]}
    cameras = {image["id"]: _camera(image) for image in content["images"]}
    truth: dict[int, list[dict]] = {number: [] for number in numbers.values()}
    for row in content["annotations"]:
        x, y, width, height = row["bbox"]
        keypoints = np.array(row["keypoints"]).reshape(-1, 3)
        truth[numbers[row["image_id"]]].append(
            {
                "category": SURGICAL.get(row["category_id"]),
                "box": [x, y, x + width, y + height],
                # Not those of the labels: what lies outside of the picture has none there.
                "pixels": cameras[row["image_id"]].project(row["keypoints_3d"]),
                "cut": bool((keypoints[:, 2] == 0).any()),
                "hidden": bool((keypoints[:, 2] < 2).any()),
                "points": np.array(row["keypoints_3d"]),
                "opening": row["opening_angle"],
            }
        )
    return truth


def _camera(image: dict) -> Camera:
    values = {key: image["camera"][key] for key in ("fx", "fy", "cx", "cy")}
    bent = float(image["camera"].get("distortion", 0.0))
    return Camera(image["width"], image["height"], **values, distortion=bent)


def tables(
    frames: list[dict], truth: dict[int, list[dict]], space: Space, given: Sequence[str] = ()
) -> dict:
    """Errors by category, of all instruments and of those with nothing hidden.

    Args:
        given: keypoints whose names end so are put where they truly are.
    """
    rows = []
    for frame in frames:
        number = FRAMES * int(Path(frame["video"]).stem.split("_")[1]) + frame["frame_id"]
        instances = [Instance.from_json(entry) for entry in frame["instances"]]
        instances = with_truth(truth[number], instances, given) if given else instances
        result = FrameResult(
            frame["video"], "video", frame["width"], frame["height"], instances,
            frame["frame_id"], frame["time_s"], stem=frame["video"],
        )  # fmt: skip
        measured = space.measure(result).instances
        for one, own in match(truth[number], measured):
            if own.spatial.get("tips_mm"):
                rows.append(compare(one, own))
    total = sum(len(own) for own in truth.values())
    answer: dict = {"true_instruments": total, "matched": len(rows)}
    for category in SURGICAL.categories:
        own = [row for row in rows if row["category"] == category.name]
        answer[category.name] = {
            "all": summary(own),
            "nothing hidden": summary([row for row in own if not row["hidden"]]),
            "cut off by the picture": summary([row for row in own if row["cut"]]),
        }
    answer["both, nothing hidden"] = summary([row for row in rows if not row["hidden"]])
    answer["both, something hidden"] = summary([row for row in rows if row["hidden"]])
    return answer


def with_truth(truth: list[dict], found: list[Instance], given: Sequence[str]) -> list[Instance]:
    """What was found of true instruments, with keypoints whose names end as given set right."""
    right = []
    for one, own in match(truth, found):
        names = one["category"].keypoints
        put = np.array([any(name.endswith(end) for end in given) for name in names])
        right.append(
            own.changed(
                keypoints=np.where(put[:, None], one["pixels"], own.keypoints),
                keypoint_scores=np.where(put, 1.0, own.keypoint_scores),
                keypoint_visible=np.where(put, 1.0, own.keypoint_visible),
            )
        )
    return right


def match(truth: list[dict], found: list[Instance]) -> list[tuple[dict, Instance]]:
    """Pairs of one category whose boxes overlap by half or more, best first."""
    pairs = []
    for i, one in enumerate(truth):
        for j, own in enumerate(found):
            if own.category_id == one["category"].id:
                overlap = float(box_iou_xyxy(own.bbox, [one["box"]])[0, 0])
                pairs.append((overlap, i, j))
    taken_true, taken_found, chosen = set(), set(), []
    for overlap, i, j in sorted(pairs, reverse=True):
        if overlap >= 0.5 and i not in taken_true and j not in taken_found:
            taken_true.add(i)
            taken_found.add(j)
            chosen.append((truth[i], found[j]))
    return chosen


def compare(truth: dict, own: Instance) -> dict:
    """Errors of one instrument: pixels, millimeters, degrees."""
    category = truth["category"]
    row = {"category": category.name, "hidden": truth["hidden"], "cut": truth.get("cut", False)}
    row |= {"tip": [], "lateral": [], "depth": [], "depth_share": [], "inside": []}
    row["pixels"] = np.linalg.norm(own.keypoints - truth["pixels"], axis=1).tolist()
    for name in category.tips:
        at = 1000 * truth["points"][category.index(name)]
        off = np.array(own.spatial["tips_mm"][name]) - at
        sight = at / np.linalg.norm(at)
        depth = float(off @ sight)
        spread = np.array(own.spatial["covariance_mm2"][name])
        row["tip"].append(float(np.linalg.norm(off)))
        row["lateral"].append(float(np.linalg.norm(off - depth * sight)))
        row["depth"].append(abs(depth))
        row["depth_share"].append(100 * abs(depth) / float(np.linalg.norm(at)))
        row["inside"].append(bool(off @ np.linalg.pinv(spread) @ off < INSIDE_95))
    row["opening"] = abs(own.spatial["opening_deg"] - float(np.degrees(truth["opening"])))
    shown = own.spatial["opening_shown_deg"]
    row["opening_shown"] = abs(shown - float(np.degrees(truth["opening"])))
    row["residual"] = own.spatial["residual_px"]
    return row


def summary(rows: list[dict]) -> dict:
    """Median and 90th percentile of every error, and how often the truth lies inside."""
    if not rows:
        return {"instruments": 0}
    answer: dict = {"instruments": len(rows)}
    names = ("pixels", "tip", "lateral", "depth", "depth_share", "opening", "opening_shown")
    for name in (*names, "residual"):
        values = np.concatenate([np.atleast_1d(row[name]) for row in rows])
        answer[name] = [
            round(float(np.median(values)), 2),
            round(float(np.quantile(values, 0.9)), 2),
        ]
    answer["inside_95"] = round(float(np.mean([v for row in rows for v in row["inside"]])), 3)
    return answer


if __name__ == "__main__":
    main()
