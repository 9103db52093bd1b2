"""Pictures of a report: the worst ones with truth and answer, and training batches.

Pictures are BGR uint8 arrays; in the page they stand as JPEG data URIs.
"""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from surgtools.boxes import xywh_to_xyxy
from surgtools.errors import InputError
from surgtools.images import read_image
from surgtools.prediction.drawing import category_color, draw_instances
from surgtools.prediction.results import Instance
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import SURGICAL, Taxonomy

SIDE = 270
"""Longer side of a picture in the page, pixels."""


def show_worst_pictures(
    rows: Sequence[Mapping], folder: str | Path, taxonomy: Taxonomy = SURGICAL
) -> list[dict]:
    """Truth beside answer for the ``worst`` rows of a metrics file.

    Returns:
        ``caption`` and ``uri`` per row; pictures that are no longer there are left out.
    """
    shown = []
    for row in rows:
        try:
            path = path_to_read(folder, row["file_name"], "worst picture", follow_links=True)
            image = read_image(path)
        except InputError:
            continue
        image, scale = _fit(image, SIDE)
        halves = [
            draw_instances(image, [_to_instance(entry, scale, taxonomy) for entry in row[side]])
            for side in ("truth", "found")
        ]
        shown.append(
            {
                "caption": f"{row['file_name']}: {row['why']} (loss {row['loss']:.2f})",
                "uri": data_uri(np.hstack(halves)),
            }
        )
    return shown


def batch_mosaic(
    samples: Sequence[Mapping],
    columns: int = 6,
    side: int = 200,
    taxonomy: Taxonomy = SURGICAL,
) -> np.ndarray:
    """Training samples as the network sees them, in a grid.

    Args:
        samples: results of a training pipeline before packing: ``img`` (H, W, 3) BGR with
            ``transformed_keypoints`` (1, K, 2) and ``category_id``, or with ``gt_bboxes`` and
            ``gt_bboxes_labels``.

    Returns:
        (rows * side, columns * side, 3); without samples (0, 0, 3).
    """
    tiles = [_tile(sample, side, taxonomy) for sample in samples]
    if not tiles:
        return np.zeros((0, 0, 3), np.uint8)
    columns = min(columns, len(tiles))
    blank = np.full((side, side, 3), 255, np.uint8)
    tiles += [blank] * (-len(tiles) % columns)
    rows = [np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)]
    return np.vstack(rows)


def data_uri(image: np.ndarray, quality: int = 85) -> str:
    """A picture as JPEG in a data URI."""
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return "data:image/jpeg;base64," + base64.b64encode(encoded.tobytes()).decode()


def _fit(image: np.ndarray, side: int) -> tuple[np.ndarray, float]:
    scale = side / max(image.shape[:2])
    size = [max(1, round(length * scale)) for length in image.shape[1::-1]]
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(image, size, interpolation=method), scale


def _to_instance(entry: Mapping, scale: float, taxonomy: Taxonomy) -> Instance:
    """A ``truth`` or ``found`` entry of a metrics file in pixels of the scaled picture."""
    x, y, width, height = (value * scale for value in entry["bbox"])
    count = taxonomy.get(entry["category_id"]).num_keypoints
    keypoints = np.reshape(entry.get("keypoints", [0.0] * 3 * count), (-1, 3)).astype(float)
    is_truth = "score" not in entry
    # A labelled keypoint is drawn whole, hidden ones hollow; found ones are all drawn.
    drawn = keypoints[:, 2] > 0 if is_truth else np.full(count, "keypoints" in entry)
    return Instance(
        category_id=entry["category_id"],
        bbox=xywh_to_xyxy([x, y, width, height]),
        bbox_score=entry.get("score", 1.0),
        keypoints=keypoints[:, :2] * scale,
        keypoint_scores=drawn.astype(float),
        keypoint_visible=(keypoints[:, 2] == 2).astype(float) if is_truth else np.ones(count),
        taxonomy=taxonomy,
    )


def _tile(sample: Mapping, side: int, taxonomy: Taxonomy) -> np.ndarray:
    image, scale = _fit(np.ascontiguousarray(sample["img"], dtype=np.uint8), side)
    if "transformed_keypoints" in sample:
        image = draw_instances(
            image, [_pose_target(sample, scale, taxonomy)], names=False, boxes=False
        )
    boxes = sample.get("gt_bboxes")
    if boxes is not None:
        boxes = np.asarray(getattr(boxes, "tensor", boxes)).reshape(-1, 4) * scale
        for box, label in zip(boxes, sample["gt_bboxes_labels"], strict=True):
            low, high = box[:2].round().astype(int), box[2:].round().astype(int)
            color = category_color(taxonomy.category_of(int(label)), taxonomy)
            cv2.rectangle(image, low.tolist(), high.tolist(), color, 2)
    canvas = np.full((side, side, 3), 255, np.uint8)
    canvas[: image.shape[0], : image.shape[1]] = image
    return canvas


def _pose_target(sample: Mapping, scale: float, taxonomy: Taxonomy) -> Instance:
    category_id = int(sample["category_id"])
    keypoints = np.asarray(sample["transformed_keypoints"]).reshape(1, taxonomy.num_slots, 2)
    visibility = np.asarray(sample["keypoints_visibility"]).reshape(1, taxonomy.num_slots)
    own_visibility = taxonomy.from_union(visibility, category_id)[0]
    return Instance(
        category_id=category_id,
        bbox=np.zeros(4),
        bbox_score=1.0,
        keypoints=taxonomy.from_union(keypoints, category_id)[0] * scale,
        keypoint_scores=(own_visibility > 0).astype(float),
        keypoint_visible=(own_visibility == 2).astype(float),
        taxonomy=taxonomy,
    )
