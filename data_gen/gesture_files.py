"""What belongs to scripted clips: a label file of gestures, and exact keypoints as predictions."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data_gen.gesture_clips import gestures_of
from surgtools import __version__
from surgtools.dataset_folder import ANNOTATIONS
from surgtools.files import read_json, write_json, write_whole

LABELS, EXACT = "gestures.csv", "exact_predictions.json"


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

    A keypoint that is not labelled has a score of 0.

    Args:
        content: COCO with ``video_id`` from 1 and ``frame_id``.
    """
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
                "keypoints": [triple[:2] for triple in triples],
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
