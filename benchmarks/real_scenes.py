"""Score a pair on the real scenes, in one look of any width or in tiles, at several thresholds.

python benchmarks/real_scenes.py ../shared/real --out found --det-model CONFIG \\
    --det-weights FILE [--width 640] [--tiles 2]

The scenes are scored by the scripts beside them. The last row of a scene is its score at the
threshold named; `--overlays` writes the pictures with what was found.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

THRESHOLDS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5)
SCENES = {
    "theatre": ("theatre/val/images", "theatre/score.py", "theatre/val/coco_keypoints.json"),
    "suturing": ("suturing/val/images", "suturing/score.py", "suturing/val/points.json"),
    "simulator": ("simulator/frames", "simulator/score.py", "simulator/hand_boxes"),
    "tabletop": ("tabletop/val/images", "theatre/score.py", "tabletop/val/coco_keypoints.json"),
    "negatives": ("tabletop/negatives", None, None),
    "backgrounds": ("backgrounds/test", None, None),
}
EVERY = {"simulator": 9}


def main() -> None:
    """Find, write, score."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", type=Path, help="folder of the scenes")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--det-model")
    parser.add_argument("--det-weights")
    parser.add_argument("--pose2d")
    parser.add_argument("--pose2d-weights")
    parser.add_argument("--width", type=int, default=640, help="longer side that is looked at")
    parser.add_argument("--tiles", type=int, default=1, help="tiles along the longer side")
    parser.add_argument("--enlarge", action="store_true", help="also enlarge small pictures")
    parser.add_argument("--presence", action="store_true", help="the pose model has a say")
    parser.add_argument("--mirrored", action="store_true", help="also look at the mirror image")
    parser.add_argument("--scenes", nargs="*", default=list(SCENES), choices=list(SCENES))
    parser.add_argument("--thresholds", nargs="*", type=float, default=THRESHOLDS)
    parser.add_argument("--overlays", type=float, help="draw what scores above this")
    args = parser.parse_args()
    require_scenes(parser, args.real, args.scenes)
    look = Look(args)
    for scene in args.scenes:
        pictures = sorted((args.real / SCENES[scene][0]).iterdir())[:: EVERY.get(scene, 1)]
        start = time.process_time()
        entries = [look(path, keypoints=SCENES[scene][1] is not None) for path in pictures]
        seconds = (time.process_time() - start) / len(pictures)
        out = args.out / scene
        out.mkdir(parents=True, exist_ok=True)
        (out / "predictions.json").write_text(json.dumps({"instance_info": entries}))
        if args.overlays is not None:
            draw(pictures, entries, out, args.overlays)
        print(f"## {scene}: {len(pictures)} pictures, {seconds:.2f} core seconds each", flush=True)
        for thr in args.thresholds:
            print(f"{thr:.2f} ", score(args.real, scene, out, entries, thr), flush=True)


def require_scenes(parser: argparse.ArgumentParser, real: Path, scenes: list[str]) -> None:
    """End with one line and exit code 2 where a scene is not there."""
    for scene in scenes:
        folder = real / SCENES[scene][0]
        if not folder.is_dir():
            parser.error(f"{folder}: no such folder; give the one that holds the scenes")


class Look:
    """One way to look at a picture with two networks."""

    def __init__(self, args: argparse.Namespace) -> None:
        from surgtools.prediction.backends.torch_backend import torch_detector, torch_pose
        from surgtools.prediction.pose_estimator import PoseEstimator
        from surgtools.zoo import DETECTOR, POSE, resolve

        self.detector = torch_detector(*resolve(args.det_model, args.det_weights, DETECTOR))
        pose = torch_pose(*resolve(args.pose2d, args.pose2d_weights, POSE))
        self.pose = PoseEstimator(pose, use_presence=args.presence)
        self.args = args

    def __call__(self, path: Path, keypoints: bool) -> dict:
        """The entry of one picture in a predictions file; boxes alone where they decide."""
        from surgtools.images import read_image

        image = read_image(path)
        boxes = self.boxes(image)
        if self.args.mirrored:
            boxes = merge(boxes, mirror(self.boxes(image[:, ::-1].copy()), image.shape[1]))
        if keypoints or self.args.presence:
            found = [entry(i) for i in self.pose([image], [boxes])[0]]
        else:
            found = [
                entry_of_box(*row)
                for row in zip(boxes.xyxy, boxes.scores, boxes.category_ids, strict=True)
            ]
        return {"image": path.name, "instances": found}

    def boxes(self, image: np.ndarray):
        """Boxes of all tiles, doubles merged."""
        from surgtools.boxes import box_iou_xyxy
        from surgtools.prediction.estimators import Boxes

        found = [Boxes()]
        for x, y, width, height in tiles(image.shape[:2], self.args.tiles):
            own = self._look(np.ascontiguousarray(image[y : y + height, x : x + width]))
            found.append(Boxes(own.xyxy + (x, y, x, y), own.scores, own.category_ids))
        xyxy = np.concatenate([b.xyxy for b in found])
        scores = np.concatenate([b.scores for b in found])
        ids = np.concatenate([b.category_ids for b in found])
        order, kept = np.argsort(-scores), []
        overlap = box_iou_xyxy(xyxy, xyxy)
        for i in order:
            if all(overlap[i, j] < (0.6 if ids[i] == ids[j] else 0.7) for j in kept):
                kept.append(i)
        return Boxes(xyxy[kept], scores[kept], ids[kept])

    def _look(self, image: np.ndarray):
        from surgtools.prediction.estimators import Detector

        height, width = image.shape[:2]
        scale = self.args.width / max(height, width)
        if not self.args.enlarge:
            scale = min(1.0, scale)
        size = tuple(int(np.ceil(side * scale / 32 - 1e-6) * 32) for side in (width, height))
        self.detector.spec = replace(self.detector.spec, input_size=size)
        return Detector(self.detector, min(self.args.thresholds), None, 0.7)([image])[0]


def tiles(shape: tuple[int, int], along: int) -> list[tuple[int, int, int, int]]:
    """x, y, width, height of overlapping parts; with more than one along, also the whole."""
    height, width = shape
    whole = [(0, 0, width, height)]
    if along == 1 or max(shape) < 1000:
        return whole
    side = int(max(shape) / (along - 0.25 * (along - 1)))
    columns, rows = (
        np.linspace(0, n - min(side, n), int(np.ceil(n / side * 1.2 - 0.2)) or 1).astype(int)
        for n in (width, height)
    )
    return whole + [(x, y, min(side, width), min(side, height)) for y in rows for x in columns]


def mirror(boxes, width: int):
    """Boxes of the mirror image in pixels of the picture."""
    xyxy = boxes.xyxy[:, [2, 1, 0, 3]] * (-1, 1, -1, 1) + (width - 1, 0, width - 1, 0)
    return replace(boxes, xyxy=xyxy.astype(np.float32))


def merge(a, b):
    """Mean of boxes seen twice; one seen once keeps half its score."""
    from surgtools.boxes import box_iou_xyxy

    overlap = box_iou_xyxy(a.xyxy, b.xyxy) * (a.category_ids[:, None] == b.category_ids[None])
    xyxy, scores, ids, used = [], [], [], set()
    for i in range(len(a)):
        j = int(overlap[i].argmax()) if len(b) else -1
        twice = j >= 0 and overlap[i, j] > 0.5 and j not in used
        used |= {j} if twice else set()
        xyxy.append((a.xyxy[i] + b.xyxy[j]) / 2 if twice else a.xyxy[i])
        scores.append((a.scores[i] + (b.scores[j] if twice else 0)) / 2)
        ids.append(a.category_ids[i])
    for j in set(range(len(b))) - used:
        xyxy.append(b.xyxy[j])
        scores.append(b.scores[j] / 2)
        ids.append(b.category_ids[j])
    return replace(
        a,
        xyxy=np.array(xyxy, np.float32).reshape(-1, 4),
        scores=np.array(scores, np.float32),
        category_ids=np.array(ids, int),
    )


def entry(instance) -> dict:
    """An instance as a predictions file has it."""
    return {
        "category_id": int(instance.category_id),
        "bbox": np.asarray(instance.bbox, float).round(1).tolist(),
        "bbox_score": float(instance.bbox_score),
        "keypoints": np.asarray(instance.keypoints, float).round(1).tolist(),
        "keypoint_scores": np.asarray(instance.keypoint_scores, float).round(3).tolist(),
    }


def entry_of_box(xyxy: np.ndarray, score: float, category_id: int) -> dict:
    """The same without keypoints."""
    box = {"category_id": int(category_id), "bbox": xyxy.tolist(), "bbox_score": float(score)}
    return {**box, "keypoints": [], "keypoint_scores": []}


def score(real: Path, scene: str, out: Path, entries: list[dict], thr: float) -> str:
    """One line about a scene."""
    _, script, truth = SCENES[scene]
    if script is None:
        counts = [sum(i["bbox_score"] >= thr for i in e["instances"]) for e in entries]
        share = np.mean([c > 0 for c in counts])
        return f"with a false one {share:.3f}, false a picture {np.mean(counts):.2f}"
    command = [sys.executable, real / script, real / truth, out / "predictions.json"]
    run = subprocess.run(
        [*map(str, command), "--thr", str(thr)], capture_output=True, text=True, check=True
    )
    if scene in ("theatre", "tabletop"):
        all_of = json.loads(run.stdout)
        keys = ("recall", "recall by category", "false a frame", "keypoints/AP", "bbox/AP50")
        keys += ("PCK@0.05 visible", "PCK@0.05 tips")
        return ", ".join(f"{key} {all_of[key]}" for key in keys)
    return " | ".join(run.stdout.strip().splitlines())


def draw(pictures: list[Path], entries: list[dict], out: Path, thr: float) -> None:
    """Boxes, scores and keypoints; needle holders green, tweezers orange."""
    from surgtools.images import read_image

    for path, content in zip(pictures, entries, strict=True):
        image = read_image(path)
        thick = max(1, image.shape[1] // 600)
        for i in content["instances"]:
            if i["bbox_score"] < thr:
                continue
            color = (0, 255, 0) if i["category_id"] == 1 else (0, 160, 255)
            x1, y1, x2, y2 = map(int, i["bbox"])
            cv2.rectangle(image, (x1, y1), (x2, y2), color, thick)
            text = f"{i['bbox_score']:.2f}"
            cv2.putText(image, text, (x1, y1 - 3), 0, 0.4 * thick, color, thick)
            for x, y in i["keypoints"]:
                cv2.circle(image, (int(x), int(y)), 2 * thick, (255, 0, 255), -1)
        cv2.imwrite(str(out / f"{path.stem}.jpg"), image)


if __name__ == "__main__":
    main()
