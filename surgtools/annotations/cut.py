"""Make layers of labelled photographs that were taken on a plain ground.

A layer is an RGBA picture that holds the instruments alone. `paste` lays it over any background,
and training does the same while it runs. Real steel then stands where a picture was rendered.

Boxes ``xyxy``; pixels, pixel centers on integers.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.masks import encode_mask
from surgtools.annotations.pictures import read_picture
from surgtools.annotations.plain_ground import cut_layer, find_instrument
from surgtools.boxes import box_iou_xyxy, xywh_to_xyxy
from surgtools.files import write_whole
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import SURGICAL, Taxonomy

LEAST_OVERLAP = 0.75
"""Of a label's box with the box of what was cut out; less says that something else was."""

FARTHEST = 0.06
"""From a visible keypoint to the nearest pixel that was cut out, as a share of the box's diagonal.
The center of a finger ring is a hole."""


def cut_photographs(
    content: Mapping[str, Any],
    root: Path,
    out: Path,
    allow_outside: bool = False,
    taxonomy: Taxonomy = SURGICAL,
) -> tuple[CocoBuilder, list[str]]:
    """Write the pictures to ``out/images`` and their layers to ``out/layers``.

    Args:
        content: COCO content.
        root: folder of its pictures.
        allow_outside: pictures may lie outside of their folder; see ``safe_names``.

    Returns:
        The builder of the new labels, not written yet, and why each picture that is not among
        them was left out.

    Raises:
        InputError: a picture cannot be read.
    """
    rows: dict[object, list[dict]] = {}
    for annotation in content["annotations"]:
        rows.setdefault(annotation["image_id"], []).append(annotation)
    builder = CocoBuilder({"cut_from": "photographs"}, taxonomy.categories)
    left_out = []
    for image in content["images"]:
        labels = rows.get(image["id"], [])
        if not labels:
            left_out.append(f"{image['file_name']}: has no label")
            continue
        where = f"image {image['id']}"
        picture = read_picture(path_to_read(root, image["file_name"], where, allow_outside))
        boxes = xywh_to_xyxy(np.array([row["bbox"] for row in labels], float))
        mask, ground = find_instrument(picture, boxes)
        masks = share_out(mask, labels, taxonomy)
        if reason := misfit(masks, labels, boxes):
            left_out.append(f"{image['file_name']}: {reason}")
            continue
        name = f"cut_{len(builder.images):06d}"
        layer = cut_layer(picture, mask, ground)
        with write_whole(out / "images" / f"{name}.jpg") as part:
            part.write_bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1])
        with write_whole(out / "layers" / f"{name}.png") as part:
            part.write_bytes(cv2.imencode(".png", layer)[1])
        height, width = picture.shape[:2]
        image_id = builder.add_image(f"{name}.jpg", width, height, layer=f"{name}.png")
        for own, annotation in zip(masks, labels, strict=True):
            builder.add_annotation(
                image_id,
                annotation["category_id"],
                np.array(annotation.get("keypoints") or (), float).reshape(-1, 3),
                annotation["bbox"],
                iscrowd=int(annotation.get("iscrowd", 0)),
                segmentation=encode_mask(own),
            )
    return builder, left_out


def share_out(
    mask: np.ndarray, labels: Sequence[Mapping[str, Any]], taxonomy: Taxonomy
) -> list[np.ndarray]:
    """A mask (H, W) uint8 for each label: every pixel belongs to the nearest skeleton."""
    if len(labels) == 1:
        return [mask]
    distances = []
    for row in labels:
        free = np.full(mask.shape, 255, np.uint8)
        points = np.array(row.get("keypoints") or (), float).reshape(-1, 3)
        at = np.rint(points[:, :2]).astype(int)
        for a, b in taxonomy.get(row["category_id"]).skeleton_indices:
            if points[a, 2] and points[b, 2]:
                cv2.line(free, at[a].tolist(), at[b].tolist(), 0, 2)
        if free.all():  # no skeleton: the box stands in for it
            x, y, width, height = (int(round(v)) for v in row["bbox"])
            cv2.rectangle(free, (x, y), (x + width, y + height), 0, -1)
        distances.append(cv2.distanceTransform(free, cv2.DIST_L2, 5))
    nearest = np.argmin(distances, axis=0)
    return [mask * (nearest == index).astype(np.uint8) for index in range(len(labels))]


def misfit(
    masks: Sequence[np.ndarray], labels: Sequence[Mapping[str, Any]], boxes: np.ndarray
) -> str:
    """Why what was cut out cannot be what is labelled; empty where it can."""
    for mask, row, box in zip(masks, labels, boxes, strict=True):
        x, y, width, height = cv2.boundingRect(mask)
        found = np.array([[x - 0.5, y - 0.5, x + width - 0.5, y + height - 0.5]])
        if not mask.any() or box_iou_xyxy(found, box[None])[0, 0] < LEAST_OVERLAP:
            return "what differs from the ground does not fill the labelled box"
        points = np.array(row.get("keypoints") or (), float).reshape(-1, 3)
        seen = np.rint(points[points[:, 2] == 2, :2]).astype(int)
        if not len(seen):
            continue
        away = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
        at = seen.clip(0, np.array(mask.shape[::-1]) - 1)
        if away[at[:, 1], at[:, 0]].max() > FARTHEST * np.hypot(*(box[2:] - box[:2])):
            return "a visible keypoint lies beside what differs from the ground"
    return ""
