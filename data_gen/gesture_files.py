"""What belongs to scripted clips: a label file of gestures, and exact keypoints as predictions."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from data_gen.gesture_clips import gestures_of
from surgtools import __version__
from surgtools.camera import to_camera
from surgtools.dataset_folder import ANNOTATIONS
from surgtools.files import read_json, write_json, write_whole

LABELS, EXACT = "gestures.csv", "exact_predictions.json"

_NEAR = 0.01
"""Meters before the camera to which a keypoint behind it is set: far out, on the right side."""


def clip_name(clip: int) -> str:
    """The file of a clip, and its name in labels and predictions."""
    return f"clip_{clip:04d}.mp4"


def write_gestures(
    folder: Path, seeds: Sequence[int], indices: Sequence[int], length: int, fps: float
) -> None:
    """Write ``gestures.csv`` and ``exact_predictions.json``, as `surgtools gestures` reads them.

    Args:
        folder: with the joined labels of the frames.
        indices: of the frames, ascending.
        length: frames of a clip; the last one may be cut off.
    """
    with write_whole(folder / LABELS) as part, part.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["video", "start", "end", "label"])
        for clip in sorted({index // length for index in indices}):
            end = sum(index // length == clip for index in indices) / fps
            for label, start, stop in gestures_of(seeds, clip, length / fps):
                if start < end:
                    table.writerow([clip_name(clip), start, min(stop, end), label])
    content = read_json(folder / ANNOTATIONS)
    write_json(folder / EXACT, to_predictions(content, fps))


def to_predictions(content: dict, fps: float) -> dict[str, Any]:
    """Labels of clips in the form of predictions.json, with scores of 1.

    A keypoint outside of the picture has a score of 0, and the place where the camera would see
    it: its label has none, and x = y = 0 would be a jump to the corner.

    Args:
        content: COCO with ``video_id`` from 1 and ``frame_id``, cameras and ``keypoints_3d``.
    """
    images = {image["id"]: image for image in content["images"]}
    names = {own["id"]: own["name"] for own in content["categories"]}
    rows: dict[int, list[dict]] = {image["id"]: [] for image in content["images"]}
    for annotation in content["annotations"]:
        x, y, width, height = annotation["bbox"]
        triples = [
            annotation["keypoints"][i : i + 3] for i in range(0, len(annotation["keypoints"]), 3)
        ]
        rows[annotation["image_id"]].append(
            {
                "category_id": annotation["category_id"],
                "category_name": names[annotation["category_id"]],
                "bbox": [round(v, 3) for v in (x, y, x + width, y + height)],
                "bbox_score": 1.0,
                "keypoints": _places(triples, annotation, images[annotation["image_id"]]),
                "keypoint_scores": [float(v > 0) for *_, v in triples],
                "keypoint_visible": [float(v == 2) for *_, v in triples],
                "track_id": annotation["track_id"],
            }
        )
    entries = [
        {
            "video": clip_name(image["video_id"] - 1),
            "image_id": image["id"],
            "frame_id": image["frame_id"],
            "time_s": round(image["frame_id"] / fps, 4),
            "width": image["width"],
            "height": image["height"],
            "instances": rows[image["id"]],
        }
        for image in content["images"]
    ]
    return {
        "meta_info": {
            "surgtools": __version__,
            "categories": [
                {key: own[key] for key in ("id", "name", "keypoints", "skeleton")}
                for own in content["categories"]
            ],
            "settings": {"exact": True},
        },
        "instance_info": entries,
        "summary": {
            "complete": True,
            "frames": len(entries),
            "instances": sum(map(len, rows.values())),
            "problems": [],
        },
    }


def _places(triples: list, annotation: dict, image: dict) -> list[list[float]]:
    """Pixels of all keypoints of an instrument, of those outside of the picture, too."""
    if all(v for *_, v in triples):
        return [triple[:2] for triple in triples]
    size = {"width": image["width"], "height": image["height"]}
    camera = to_camera(image["camera"] | size, f"image {image['id']}")
    points = np.array(annotation["keypoints_3d"], dtype=float)
    points[:, 2] = np.maximum(points[:, 2], _NEAR)
    seen = np.round(camera.project(points), 3).tolist()
    return [[x, y] if v else place for (x, y, v), place in zip(triples, seen, strict=True)]
