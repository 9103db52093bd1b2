"""Collect boxes without an instrument, so that a network learns to say "no instrument here".

A rendered picture shows scissors, scalpels, swabs and hands beside its instruments. Where the file
names them (``images[].distractors``) their boxes are taken from there, else they are what the
picture's layer holds besides the instruments' visible masks.

Shapes: N and M boxes, ``xyxy`` in image pixels.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.annotations.masks import decode_mask
from surgtools.boxes import box_iou_xyxy, shared_area_xyxy, xywh_to_xyxy
from surgtools.datasets.picture_paths import locate_layer
from surgtools.datasets.transforms.load_instrument_image import read_premultiplied_layer
from surgtools.errors import InputError
from surgtools.files import read_json

_MAX_IOU, _MAX_INSIDE = 0.3, 0.7
_SOLID, _BLACK = 200, 20
_BORDER, _MIN_PIXELS, _MIN_SIDE = 7, 150, 40
_TRIES = 20


@dataclass(frozen=True)
class NegativeBoxes:
    """Which boxes without an instrument a training set gets.

    Attributes:
        things: take the other things that the pictures show.
        background_share: random boxes of the background, per annotated instrument.
        boxes_file: COCO results of a detector on the training pictures; those far from every
            instrument are its mistakes.
        seed: of the random boxes, which are the same in every epoch.
    """

    things: bool = True
    background_share: float = 0.15
    boxes_file: str | None = None
    seed: int = 0

    def find(self, content: Mapping[str, Any], layers: Path) -> list[tuple[int | str, np.ndarray]]:
        """Image ids and boxes (4,).

        Args:
            content: of the COCO file.
            layers: folder of the pictures' layers.

        Raises:
            InputError: a layer or ``boxes_file`` cannot be read or means nothing.
        """
        annotations: dict[int | str, list[dict]] = {image["id"]: [] for image in content["images"]}
        for annotation in content["annotations"]:
            annotations[annotation["image_id"]].append(annotation)
        candidates = self._load_boxes(annotations)
        for image in content["images"] if self.things else ():
            boxes = boxes_of_things(image, annotations[image["id"]], layers)
            candidates += [(image["id"], box) for box in boxes]
        instruments = {key: _corners(rows) for key, rows in annotations.items()}
        found = [(key, box) for key, box in candidates if is_clear_of(box, instruments[key])]
        return found + self._sample_background(content, instruments)

    def _load_boxes(self, known: Mapping) -> list[tuple[int | str, np.ndarray]]:
        if self.boxes_file is None:
            return []
        rows = read_json(self.boxes_file)
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and {"image_id", "bbox"} <= row.keys() for row in rows
        ):
            raise InputError(
                f"{self.boxes_file}: a list of COCO results is expected; write it with "
                "`surgtools test DETECTOR --split train --dump FILE.json`"
            )
        strange = next((row["image_id"] for row in rows if row["image_id"] not in known), None)
        if strange is not None:
            raise InputError(
                f"{self.boxes_file}: holds boxes of image {strange}, which the training set lacks"
            )
        boxes = _corners(rows)
        return [(row["image_id"], box) for row, box in zip(rows, boxes, strict=True)]

    def _sample_background(
        self, content: Mapping, instruments: Mapping[int | str, np.ndarray]
    ) -> list[tuple[int | str, np.ndarray]]:
        rng = np.random.default_rng(self.seed)
        found = []
        for _ in range(round(self.background_share * len(content["annotations"]))):
            image = content["images"][rng.integers(len(content["images"]))]
            for _ in range(_TRIES):
                box = _sample_box(image["width"], image["height"], rng)
                if is_clear_of(box, instruments[image["id"]], max_inside=0.1):
                    found.append((image["id"], box))
                    break
        return found


def boxes_of_things(image: Mapping, annotations: Sequence[Mapping], layers: Path) -> np.ndarray:
    """Boxes (M, 4) of what a picture shows besides instruments; none without layer and names.

    Args:
        image: its entry of ``images``.
        annotations: its instruments.
    """
    if "distractors" in image:
        boxes = _corners(image["distractors"])
        return boxes[(boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= _MIN_SIDE]
    masks = [annotation.get("segmentation") for annotation in annotations]
    if not image.get("layer") or not all(isinstance(mask, dict) for mask in masks):
        return np.zeros((0, 4), np.float32)
    layer = read_premultiplied_layer(Path(locate_layer(image, layers)))
    return boxes_beside(layer, [decode_mask(annotation) for annotation in annotations])


def boxes_beside(layer: np.ndarray, masks: Sequence[np.ndarray]) -> np.ndarray:
    """Boxes (M, 4) of the solid parts of a layer outside the masks, between pixel centers.

    Touching things share a box. Cast shadows, which a layer also holds, are thin or black.

    Args:
        layer: (H, W, 4) uint8, colors multiplied by alpha.
        masks: (H, W) each, visible pixels of the instruments.
    """
    solid = (layer[..., 3] >= _SOLID).astype(np.uint8)
    for mask in masks:  # a soft border belongs to the instrument
        solid[cv2.dilate(mask, np.ones((_BORDER, _BORDER), np.uint8)) > 0] = 0
    solid = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    solid = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    _, parts, statistics, _ = cv2.connectedComponentsWithStats(solid)
    boxes = []
    for part, (x, y, width, height, pixels) in enumerate(statistics):
        if part == 0 or pixels < _MIN_PIXELS or max(width, height) < _MIN_SIDE:
            continue
        colors = layer[y : y + height, x : x + width, :3].max(axis=2)
        own = parts[y : y + height, x : x + width] == part
        if np.percentile(colors[own], 90) >= _BLACK:
            boxes.append((x, y, x + width - 1, y + height - 1))
    return np.array(boxes, np.float32).reshape(-1, 4)


def is_clear_of(box: np.ndarray, instruments: np.ndarray, max_inside: float = _MAX_INSIDE) -> bool:
    """Whether a box (4,) could not be taken for that of any instrument (N, 4).

    Args:
        max_inside: largest share of the box within that of one instrument.
    """
    inside = shared_area_xyxy(box, instruments) <= max_inside * np.prod(box[2:] - box[:2])
    return bool((inside & (box_iou_xyxy(box, instruments) <= _MAX_IOU)).all())


def _sample_box(width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    long = rng.uniform(0.2, 0.8) * min(width, height)
    short = long * rng.uniform(0.15, 1.0)
    size = np.array([long, short] if rng.random() < 0.5 else [short, long])
    low = rng.uniform((0, 0), (width, height) - size)
    return np.concatenate([low, low + size]).astype(np.float32)


def _corners(rows: Sequence[Mapping]) -> np.ndarray:
    return xywh_to_xyxy(np.array([row["bbox"] for row in rows], np.float32).reshape(-1, 4))
