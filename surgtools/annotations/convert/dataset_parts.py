"""The data that conversions pass on: parts of a data set, and a list of what was lost.

Inside, everything is COCO content; a format module has ``read(path, options)`` and
``write(parts, out, options)`` and knows nothing of the other formats.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from surgtools.annotations.check import fields
from surgtools.annotations.coco import CocoBuilder
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import SURGICAL, Category, Taxonomy
from surgtools.taxonomy.guesses import guess_swaps

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
                f"{where}: the picture is {fields.shorten(width)} x {fields.shorten(height)} "
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


def to_instruments(
    categories: list[dict], taxonomy: Taxonomy | None = None
) -> dict[int, Category]:
    """Category id to category, keypoints in the order of the file.

    Categories of the taxonomy, or of the built-in one, keep their pairs; for others, names that
    differ in left and right are taken for pairs.
    """
    known = taxonomy or SURGICAL
    return {category["id"]: _to_instrument(category, known) for category in categories}


def new_builder(
    labels: dict[str, list[str]],
    info: dict,
    taxonomy: Taxonomy | None = None,
    edges: Mapping[str, list[tuple[str, str]]] | None = None,
) -> tuple[CocoBuilder, dict[str, int]]:
    """A builder for the labels found in a foreign file, and the category id of each label.

    Args:
        labels: label name to its keypoint names. Labels of the built-in taxonomy get its entry; if
            there is any, all of it is written, so that category ids stay the usual ones.
        taxonomy: its categories are written instead, all of them.
        edges: label name to the lines of its skeleton, for labels that are not known.

    Raises:
        InputError: the taxonomy lacks a label or a keypoint.
    """
    if taxonomy is not None:
        for name, keypoints in labels.items():
            _require_keypoints(taxonomy.get(name, "labels"), keypoints)
        ids = {category.name: category.id for category in taxonomy.categories}
        return CocoBuilder(info, taxonomy.categories), ids
    built_in = known_names(labels, SURGICAL)
    usual = [own for own in SURGICAL.categories if own.name in built_in or own.name not in labels]
    instruments = usual if built_in else []
    ids = {instrument.name: instrument.id for instrument in instruments}
    for name, keypoints in labels.items():
        if name not in ids:
            ids[name] = 1 + max(ids.values(), default=0)
            at = {point: number for number, point in enumerate(keypoints, 1)}
            pairs = [(a, b) for a, b in (edges or {}).get(name, ()) if a in at and b in at]
            row = {"id": ids[name], "name": name, "keypoints": keypoints}
            row["skeleton"] = [(at[a], at[b]) for a, b in dict.fromkeys(pairs) if a != b]
            instruments.append(_to_instrument(row, SURGICAL))
    return CocoBuilder(info, instruments), ids


def known_names(labels: Mapping[str, Iterable[str]], taxonomy: Taxonomy) -> set[str]:
    """Labels whose name and keypoints are those of a category; some keypoints may be missing."""
    return {
        own.name
        for own in taxonomy.categories
        if own.name in labels and set(labels[own.name]) <= set(own.keypoints)
    }


def _require_keypoints(category: Category, keypoints: Iterable[str]) -> None:
    odd = [name for name in keypoints if name not in category.keypoints]
    if odd:
        raise InputError(
            f"label {category.name!r} has the keypoint {odd[0]!r}, the taxonomy has "
            f"{', '.join(category.keypoints) or 'none'}; rename it in one of them"
        )


def _to_instrument(category: dict, taxonomy: Taxonomy) -> Category:
    names = tuple(category.get("keypoints") or ())
    known = next((i for i in taxonomy.categories if i.name == category["name"]), None)
    if known is not None and known.keypoints == names:
        return replace(known, id=category["id"])
    if known is not None and sorted(known.keypoints) == sorted(names):
        return replace(known, id=category["id"], keypoints=names, sigmas=())
    skeleton = _edges(category.get("skeleton"), names)
    return Category(category["id"], category["name"], names, guess_swaps(names), skeleton)


def _edges(skeleton: object, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """A file's edges by name; none when they do not count from 1 as COCO does."""
    try:
        pairs = [(int(a), int(b)) for a, b in skeleton or ()]
    except (TypeError, ValueError):
        return ()
    if any(not 1 <= end <= len(names) for pair in pairs for end in pair):
        return ()
    return tuple((names[a - 1], names[b - 1]) for a, b in pairs)
