"""The data that conversions pass on: parts of a data set, and a list of what was lost.

Inside, everything is COCO content; a format module has ``read(path, options)`` and
``write(parts, out, options)`` and knows nothing of the other formats.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from surgtools.annotations.check import fields
from surgtools.annotations.check.writable import shorten
from surgtools.annotations.coco import CocoBuilder
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import Taxonomy

IMAGE_FIELDS = {"id", "file_name", "width", "height"}
ANNOTATION_FIELDS = {
    "id",
    "image_id",
    "category_id",
    "bbox",
    "area",
    "iscrowd",
    "num_keypoints",
    "keypoints",
}
"""Fields every format carries or that follow from others; the rest must be named by it."""

MAX_SIDE = 10**6
"""Pixels; a picture of another tool that is said to be larger is none."""


@dataclass
class DatasetPart:
    """One part of a data set.

    Attributes:
        name: ``train``, ``val``, ``test`` or what the source calls it.
        content: COCO content.
        image_root: folder that ``file_name`` is relative to.
        dataset: folder that no name may leave; by default see ``path_to_read``.
        moved: where pictures lie whose ``file_name`` had to be changed; see ``picture_names``.
    """

    name: str
    content: dict
    image_root: Path
    dataset: Path | None = None
    moved: dict[str, Path] = field(default_factory=dict)

    def path_of(self, name: str, where: str, allow_outside: bool) -> Path:
        """Where a picture lies, if it is there; see ``path_to_read``."""
        if isinstance(name, str) and name in self.moved:
            return self.moved[name]
        return path_to_read(self.image_root, name, where, allow_outside, self.dataset)


@dataclass(frozen=True)
class Options:
    """What a conversion can be told.

    Attributes:
        pictures: ``link``, ``copy`` or ``keep``: whether pictures go along to formats that are
            folders.
        images: folder of the pictures, where the source does not say.
        url_prefix: what Label Studio finds pictures under.
        bbox_thr, kpt_thr: predictions with lower scores are left out, or unlabelled.
        allow_outside: pictures may lie outside of the data set; see ``safe_names``.
        taxonomy: what the labels mean: ids, order of keypoints, left and right; None takes the
            built-in categories where names and keypoints are theirs, and the file's own labels.
    """

    pictures: str = "link"
    images: Path | None = None
    url_prefix: str = "/data/local-files/?d="
    bbox_thr: float = 0.0
    kpt_thr: float = 0.0
    allow_outside: bool = False
    taxonomy: Taxonomy | None = None


@dataclass
class Losses:
    """Counts what a format could not carry."""

    counts: Counter = field(default_factory=Counter)

    def add(self, what: str, count: int = 1) -> None:
        if count:
            self.counts[what] += count

    def fields(
        self,
        parts: Iterable[DatasetPart],
        image_fields: Iterable[str] = (),
        annotation_fields: Iterable[str] | None = (),
        scalars: bool = False,
    ) -> None:
        """Count the fields beyond COCO's own that are not in the lists given.

        Args:
            scalars: the format carries any annotation field that is a number, text or truth.
        """
        images = IMAGE_FIELDS | set(image_fields)
        annotations = ANNOTATION_FIELDS | set(annotation_fields or ())
        for part in parts:
            for row in part.content["images"]:
                self.counts.update(f"images[].{key}" for key in row.keys() - images)
            for row in part.content["annotations"]:
                for key in row.keys() - annotations:
                    if not (scalars and is_scalar(row[key])):
                        self.counts[f"annotations[].{key}"] += 1

    def lines(self) -> list[str]:
        """One line per loss, for people."""
        return [f"{what} ({count} x)" for what, count in sorted(self.counts.items())]


def part_of_subset(subset: str | None) -> str:
    """The part that CVAT's name of a subset means; ``default`` is what it calls no subset."""
    names = {"": "train", "default": "train", "training": "train", "validation": "val"}
    low = (subset or "").lower()
    return low if low in PARTS else names.get(low, subset or "")


def is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float | bool)


def add_image(
    builder: CocoBuilder, name: str, size: tuple[int, int], extras: Mapping, losses: Losses
) -> int:
    """Add an image with fields of another tool and return its id; see ``_add_extras``."""
    image_id = builder.add_image(name, *size)
    _add_extras(builder.images[-1], extras, fields.IMAGE_FIELDS, losses)
    return image_id


def add_instance(
    builder: CocoBuilder,
    place: tuple[int, int],
    keypoints: np.ndarray,
    bbox: Iterable[float],
    extras: Mapping,
    losses: Losses,
) -> None:
    """Add an annotation with fields of another tool; see ``_add_extras``.

    Args:
        place: image id and category id.
        keypoints, bbox: see ``CocoBuilder.add_annotation``.
    """
    builder.add_annotation(*place, keypoints, bbox)
    _add_extras(builder.annotations[-1], extras, fields.ANNOTATION_FIELDS, losses)


def _add_extras(row: dict, extras: Mapping, rules: Mapping, losses: Losses) -> None:
    """Put in the fields that mean nothing else here; labelling tools let people name any field."""
    for name, value in extras.items():
        if name in row and name != "iscrowd":
            losses.add(f"fields named {name}, which means something else here")
        elif not all(rule.is_sound(value) for rule in rules.get(name, ())):
            losses.add(f"fields named {name} with a value that it cannot have here")
        else:
            row[name] = value


def picture_size(width: object, height: object, where: str) -> tuple[int, int]:
    """Width and height in whole pixels.

    Raises:
        InputError: they are none, or of no picture.
    """
    sides = []
    for side in (width, height):
        number = side if isinstance(side, int | float) and not isinstance(side, bool) else 0
        if not (number == number and 1 <= number <= MAX_SIDE):
            raise InputError(
                f"{where}: the picture is {shorten(width)} x {shorten(height)} "
                f"pixels; numbers from 1 to {MAX_SIDE} are expected"
            )
        sides.append(math.floor(number))
    return sides[0], sides[1]


def scalar_extras(annotation: dict, without: Iterable[str] = ()) -> dict:
    """The fields of an annotation beyond COCO's own that are single values."""
    skip = ANNOTATION_FIELDS | set(without)
    extras = {k: v for k, v in annotation.items() if k not in skip and is_scalar(v)}
    if annotation.get("iscrowd"):
        extras["iscrowd"] = annotation["iscrowd"]
    return extras
