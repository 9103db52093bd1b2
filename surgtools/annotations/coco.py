"""Load and build COCO keypoint files in which every category has its own keypoints.

``CocoBuilder`` is the one writer: generator, converters and pseudo-labels all use it, so category
order, ``num_keypoints`` and ``area`` are the same everywhere. ``load_coco`` is the one strict
reader; it stops at the first thing that would make a number wrong.

Shapes: k keypoints of the annotation's category. Boxes are ``xywh`` in image pixels, pixel
centers on integers.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.metainfo import INSTRUMENTS, Instrument, get_instrument


class CocoBuilder:
    """Collect images and annotations, number them from 1, write them whole.

    Args:
        info: what goes under COCO's ``info``, for example the command and the seed.
        instruments: the categories; others than those of ``metainfo`` only where a converter
            carries foreign data through.
    """

    def __init__(
        self,
        info: Mapping[str, Any] | None = None,
        instruments: Sequence[Instrument] = INSTRUMENTS,
    ) -> None:
        self.info = dict(info or {})
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.images: list[dict] = []
        self.annotations: list[dict] = []

    def add_image(self, file_name: str, width: int, height: int, **extra: Any) -> int:
        """Add one image (size in pixels) and return its id."""
        image_id = len(self.images) + 1
        self.images.append(
            {
                "id": image_id,
                "file_name": file_name,
                "width": int(width),
                "height": int(height),
                **extra,
            }
        )
        return image_id

    def add_annotation(
        self,
        image_id: int,
        category_id: int,
        keypoints: np.ndarray,
        bbox: Iterable[float],
        **extra: Any,
    ) -> int:
        """Add one instance and return its id.

        Args:
            keypoints: (k, 3) as x, y in image pixels and v in {0, 1, 2}, own order; x and y of
                v = 0 are written as 0.
            bbox: tight ``xywh`` of the whole instrument clipped to the image.
            extra: further COCO fields, for example ``segmentation`` or ``track_id``.

        Raises:
            InputError: wrong keypoint count or visibility.
        """
        instrument = self.instruments.get(category_id) or get_instrument(category_id)
        keypoints = np.array(keypoints, dtype=float)
        if keypoints.shape != (instrument.num_keypoints, 3):
            raise InputError(
                f"keypoints of shape {keypoints.shape} given; {instrument.name} needs "
                f"({instrument.num_keypoints}, 3)"
            )
        visibility = keypoints[:, 2]
        if not np.isin(visibility, (0, 1, 2)).all():
            raise InputError(f"visibility {visibility.tolist()} given; 0, 1 or 2 is expected")
        keypoints[visibility == 0] = 0
        x, y, width, height = (round(float(value), 3) + 0.0 for value in bbox)  # no -0.0
        annotation_id = len(self.annotations) + 1
        self.annotations.append(
            {
                "id": annotation_id,
                "image_id": image_id,
                "category_id": instrument.id,
                "bbox": [x, y, width, height],
                "area": round(width * height, 3),
                "iscrowd": 0,
                "num_keypoints": int((visibility > 0).sum()),
                "keypoints": [
                    value
                    for kx, ky, v in keypoints.tolist()
                    for value in (round(kx, 3), round(ky, 3), int(v))
                ],
                **extra,
            }
        )
        return annotation_id

    def to_dict(self) -> dict:
        """The file's content; categories in the order of ``metainfo``."""
        return {
            "info": self.info,
            "categories": [instrument.to_category() for instrument in self.instruments.values()],
            "images": self.images,
            "annotations": self.annotations,
        }

    def write(self, path: str | Path) -> None:
        """Write ``path`` whole, then rename."""
        write_json(path, self.to_dict())


def load_coco(path: str | Path) -> dict:
    """Read a COCO keypoint file and make sure that training or scoring on it means something.

    Returns:
        The file's content, unchanged.

    Raises:
        InputError: with file and id, at the first missing table, unknown category, category
            whose keypoints are not those of ``metainfo``, duplicate or dangling id, wrong
            keypoint count, broken box, or another field that readers could not use.
    """
    content = read_json(path)
    check_content(content, str(path))
    return content


def check_content(content: Any, name: str) -> None:
    """The checks of ``load_coco`` on content already read; ``name`` stands in the messages."""
    if not isinstance(content, dict):
        raise InputError(f"{name}: a COCO file is an object with images, annotations, categories")
    for table in ("images", "annotations", "categories"):
        if not isinstance(content.get(table), list):
            raise InputError(f"{name}: the list `{table}` is missing; export it as COCO keypoints")
    _check_categories(content["categories"], name)
    image_ids = _unique_ids(content["images"], name, "image")
    _unique_ids(content["annotations"], name, "annotation")
    for annotation in content["annotations"]:
        _check_annotation(annotation, image_ids, name)


def _unique_ids(rows: list[dict], name: str, what: str) -> set:
    seen: set = set()
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("id"), int | str):
            raise InputError(f"{name}: an {what} has no id; export the file again")
        if row["id"] in seen:
            todo = (
                ", so its annotations cannot be told apart; give every image an id of its own"
                if what == "image"
                else "; renumber with `surgtools data merge`"
            )
            raise InputError(f"{name}: {what} id {row['id']} occurs twice{todo}")
        seen.add(row["id"])
        if what == "image":
            _check_image(row, f"{name}: image {row['id']}")
    if what == "image" and len({isinstance(each, str) for each in seen}) > 1:
        raise InputError(
            f"{name}: some image ids are numbers and some are text; number them with "
            "`surgtools data merge`"
        )
    return seen


def _check_image(image: dict, where: str) -> None:
    if not {"file_name", "width", "height"} <= image.keys():
        raise InputError(f"{where} needs file_name, width and height")
    if not (_is_size(image["width"]) and _is_size(image["height"])):
        raise InputError(
            f"{where} is {image['width']} x {image['height']} pixels; numbers above 0 are expected"
        )
    if not isinstance(image["file_name"], str) or not image["file_name"]:
        raise InputError(
            f"{where} has file_name {image['file_name']!r}; the name of a picture is expected"
        )
    if not isinstance(image.get("layer"), str | None):
        raise InputError(
            f"{where} has layer {image['layer']!r}; the name of a picture is expected, or no layer"
        )


def _is_size(value: Any) -> bool:
    return isinstance(value, int | float) and 0 < value < math.inf


def _check_categories(categories: list[dict], name: str) -> None:
    for category in categories:
        if not isinstance(category, dict):
            raise InputError(f"{name}: category {category!r} is no object; export the file again")
        instrument = get_instrument_in(category.get("name"), name)
        if category.get("id") != instrument.id:
            raise InputError(
                f"{name}: category {instrument.name} has id {category.get('id')}, expected "
                f"{instrument.id}; renumber with `surgtools data merge`"
            )
        if category.get("keypoints") != list(instrument.keypoints):
            raise InputError(
                f"{name}: category {instrument.name} lists keypoints "
                f"{category.get('keypoints')}, expected {list(instrument.keypoints)}; reorder "
                "with `surgtools data merge`"
            )


def get_instrument_in(category: int | str, name: str):
    """``get_instrument`` whose message names the file it happened in."""
    try:
        return get_instrument(category)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error


def _check_annotation(annotation: dict, image_ids: set, name: str) -> None:
    where = f"{name}: annotation {annotation['id']}"
    image_id = annotation.get("image_id")
    if not isinstance(image_id, int | str) or image_id not in image_ids:
        raise InputError(f"{where} belongs to image {image_id}, which is absent")
    if not isinstance(annotation.get("category_id"), int):
        raise InputError(f"{where} has category_id {annotation.get('category_id')!r}, no number")
    instrument = get_instrument_in(annotation["category_id"], where)
    keypoints = annotation.get("keypoints")
    if not isinstance(keypoints, list) or len(keypoints) != 3 * instrument.num_keypoints:
        count = len(keypoints) / 3 if isinstance(keypoints, list) else 0
        raise InputError(
            f"{where} (image {annotation['image_id']}) has {count:g} keypoints, "
            f"{instrument.name} defines {instrument.num_keypoints}; re-export it or update "
            "surgtools/metainfo.py"
        )
    bbox = annotation.get("bbox")
    if not isinstance(bbox, list) or len(bbox) != 4:
        raise InputError(f"{where} has bbox {bbox}; [x, y, width > 0, height > 0] is expected")
    if not are_finite(keypoints) or not are_finite(bbox):
        raise InputError(f"{where} has a coordinate that is no finite number; re-export it")
    if bbox[2] <= 0 or bbox[3] <= 0:
        raise InputError(f"{where} has bbox {bbox}; [x, y, width > 0, height > 0] is expected")
    if not set(keypoints[2::3]) <= {0, 1, 2}:
        raise InputError(f"{where} has visibility other than 0, 1, 2: {keypoints[2::3]}")
    area, iscrowd = annotation.get("area", 0), annotation.get("iscrowd", 0)
    if not are_finite((area,)) or area < 0:
        raise InputError(f"{where} has area {area!r}; a number from 0 on is expected, or no area")
    if iscrowd not in (0, 1):
        raise InputError(f"{where} has iscrowd {iscrowd!r}; 0 or 1 is expected")
    if not _is_segmentation(annotation.get("segmentation")):
        raise InputError(
            f"{where} has a segmentation that is neither [[x, y, ...], ...] nor a mask with size "
            "and counts; export it again or leave it out"
        )


def are_finite(values: Iterable) -> bool:
    """Whether all are finite numbers; text, lists and None are none."""
    try:
        return all(map(math.isfinite, values))
    except (TypeError, OverflowError):  # no number, or a whole one beyond all floats
        return False


def _is_segmentation(value: Any) -> bool:
    """Nothing, polygons, or a run-length mask, compressed or not."""
    if value is None:
        return True
    if isinstance(value, list):
        return all(isinstance(p, list) and len(p) % 2 == 0 and are_finite(p) for p in value)
    if not isinstance(value, dict):
        return False
    size, counts = value.get("size"), value.get("counts")
    if not isinstance(size, list) or len(size) != 2 or not _are_whole(size):
        return False
    return isinstance(counts, str) or isinstance(counts, list) and _are_whole(counts)


def _are_whole(values: list) -> bool:
    return set(map(type, values)) <= {int} and min(values, default=0) >= 0
