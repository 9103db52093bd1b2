"""Turn the rows of a COCO file into arrays, so that checks of a million annotations are fast.

Rows are gathered in batches and judged together. A batch in which some row breaks a rule of
``fields`` is looked at row by row, so that the broken rows are named and the sound ones still
checked.

Shapes: N sound annotations of one category, k its keypoints, M sound images.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from surgtools.annotations.check.categories import Plan
from surgtools.annotations.check.field_values import is_key
from surgtools.annotations.check.fields import IMAGE_FIELDS, Breach, all_sound, field_faults
from surgtools.annotations.check.ids import IdCodes
from surgtools.annotations.check.problems import Problem
from surgtools.annotations.check.row_batches import (
    Annotations,
    annotation_faults,
    batch_to_arrays,
    join_batches,
)
from surgtools.annotations.check.unlisted import UnlistedCategories
from surgtools.annotations.check.writable import shorten
from surgtools.annotations.stream import Row

_BATCH = 256
"""Rows judged together; few enough to be still in the cache from decoding."""


@dataclass
class Images:
    """The sound image entries.

    Attributes:
        ids: (M,) codes; sizes: (M, 2) width, height in pixels; rows: (M,) position in the table.
        names: M file names.
        codes: what the ids stand for.
    """

    ids: np.ndarray
    sizes: np.ndarray
    rows: np.ndarray
    names: list[str]
    codes: IdCodes = field(default_factory=IdCodes)


@dataclass
class RowArrays:
    """One file as arrays.

    Attributes:
        images: the sound images.
        annotations: category id of the file to its sound annotations.
        labelled: codes of the images some annotation points to.
        used: category ids that occur in rows, broken ones included.
        num_images, num_annotations: all rows, broken ones included.
        image_problems, annotation_problems: what is wrong with the broken rows.
        unlisted: annotations of categories that the file does not list.
    """

    images: Images
    annotations: dict[object, Annotations]
    labelled: np.ndarray
    used: set
    num_images: int
    num_annotations: int
    image_problems: list[Problem]
    annotation_problems: list[Problem]
    unlisted: UnlistedCategories


def read_arrays(
    rows: Iterable[Row], plans: dict[object, Plan], file: str, categories: Sequence = ()
) -> RowArrays:
    """Read all rows of a file.

    Args:
        rows: the file's rows, for example a ``CocoStream``.
        plans: see ``plan_categories``.
        file: stands in the problems.
        categories: the file's category table.
    """
    reader = _Reader(plans, file, categories)
    for table, value, _ in rows:
        if table == "annotations":
            reader.add_annotation(value)
        elif table == "images":
            reader.add_image(value)
    return reader.finish()


class _Reader:
    def __init__(self, plans: dict[object, Plan], file: str, categories: Sequence) -> None:
        self.plans, self.file, self.codes = plans, file, IdCodes()
        self.unlisted = UnlistedCategories(categories)
        self.image_problems: list[Problem] = []
        self.annotation_problems: list[Problem] = []
        self.seen = Counter()
        self.waiting_images: list[tuple[int, object]] = []
        self.images: list[tuple[int, int, int, int]] = []
        self.names: list[str] = []
        self.waiting: dict[object, list[tuple[int, dict]]] = {key: [] for key in plans}
        self.done: dict[object, list[Annotations]] = {key: [] for key in plans}
        self.other_images: list[int] = []
        self.used: set = set()

    def add_image(self, image: object) -> None:
        self.waiting_images.append((self.seen["images"], image))
        self.seen["images"] += 1
        if len(self.waiting_images) >= _BATCH:
            self._convert_images()

    def add_annotation(self, annotation: object) -> None:
        row = self.seen["annotations"]
        self.seen["annotations"] += 1
        try:
            category_id = annotation["category_id"]
            batch = self.waiting[category_id]
        except (KeyError, TypeError):
            self._refuse(row, annotation)
            return
        if self.plans[category_id].num_keypoints == 0 and "keypoints" not in annotation:
            annotation = {**annotation, "keypoints": []}  # a box only
        if type(category_id) is not int:  # true and 1.0 are found under 1
            self._refuse(row, annotation)
            return
        batch.append((row, annotation))
        if len(batch) >= _BATCH:
            self._convert(category_id)

    def finish(self) -> RowArrays:
        self._convert_images()
        for key in self.plans:
            self._convert(key)
        table = np.array(self.images, dtype=float).reshape(-1, 4)
        images = Images(
            ids=np.array([i[0] for i in self.images], dtype=np.int64),
            sizes=table[:, 1:3],
            rows=table[:, 3].astype(np.int64),
            names=self.names,
            codes=self.codes,
        )
        joined = {key: join_batches(parts) for key, parts in self.done.items() if parts}
        labelled = [part.image_ids for part in joined.values()]
        labelled.append(np.array(self.other_images, dtype=np.int64))
        return RowArrays(
            images,
            joined,
            np.unique(np.concatenate(labelled)),
            self.used,
            self.seen["images"],
            self.seen["annotations"],
            self.image_problems,
            self.annotation_problems,
            self.unlisted,
        )

    def _convert_images(self) -> None:
        batch, self.waiting_images = self.waiting_images, []
        rows = [image for _, image in batch]
        if not (set(map(type, rows)) <= {dict} and all_sound(rows, IMAGE_FIELDS)):
            batch = [(row, image) for row, image in batch if not self._name_image(row, image)]
        for row, image in batch:
            image_id = self.codes.encode(image["id"])
            self.images.append((image_id, image["width"], image["height"], row))
            self.names.append(image["file_name"])

    def _name_image(self, row: int, image: object) -> bool:
        if isinstance(image, dict):
            faults, image_id = list(field_faults(image, IMAGE_FIELDS)), image.get("id")
        else:
            faults = [Breach("image-entry", f"image {shorten(image)} is no object")]
            image_id = None
        for code, text in faults:
            if image_id is None:
                text = f"entry {row} of `images`: {text}"
            self.image_problems.append(Problem(code, self.file, text, image_id, row=row))
        return bool(faults)

    def _convert(self, key: object) -> None:
        batch, self.waiting[key] = self.waiting[key], []
        if not batch:
            return
        self.used.add(key)
        plan = self.plans[key]
        converted = batch_to_arrays(batch, plan, self.codes)
        if converted is None:
            sound = [(row, a) for row, a in batch if not self._name_faults(row, a, plan)]
            converted = batch_to_arrays(sound, plan, self.codes) if sound else None
        if converted is not None:
            self.done[key].append(converted)

    def _name_faults(self, row: int, annotation: dict, plan: Plan) -> bool:
        faults = list(annotation_faults(annotation, plan))
        for code, text in faults:
            self._add(code, text, row, annotation)
        if faults:
            self._keep_image(annotation)
        return bool(faults)

    def _refuse(self, row: int, annotation: object) -> None:
        if not isinstance(annotation, dict):
            text = f"annotation {shorten(annotation)} is no object"
            self._add("annotation-entry", text, row, {})
            return
        if self.unlisted.take(annotation):
            self._keep_image(annotation)
            return
        known = ", ".join(f"{key} {plan.name}" for key, plan in self.plans.items()) or "none"
        wrong = shorten(annotation.get("category_id"))
        text = f"category_id {wrong} is unknown; the file defines {known}"
        self._add("annotation-category", text, row, annotation)
        self._keep_image(annotation)

    def _keep_image(self, annotation: dict) -> None:
        if is_key(annotation.get("image_id")):
            self.other_images.append(self.codes.encode(annotation["image_id"]))

    def _add(self, code: str, text: str, row: int, annotation: dict) -> None:
        if "id" not in annotation:
            text = f"entry {row} of `annotations`: {text}"
        place = {"image_id": annotation.get("image_id"), "annotation_id": annotation.get("id")}
        self.annotation_problems.append(Problem(code, self.file, text, row=row, **place))
