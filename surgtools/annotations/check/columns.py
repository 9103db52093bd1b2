"""Turn the rows of a COCO file into arrays, so that checks of a million annotations are fast.

Rows are gathered in batches and converted together. A batch that does not convert is looked at
row by row, so that the broken rows are named and the sound ones still checked.

Shapes: N sound annotations of one category, k its keypoints, M sound images.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import itemgetter

import numpy as np

from surgtools.annotations.check.categories import Plan
from surgtools.annotations.check.problems import Problem
from surgtools.annotations.stream import Row

_BATCH = 8192
_NEEDED = itemgetter("id", "image_id", "bbox", "keypoints")


@dataclass
class Images:
    """The sound image entries.

    Attributes:
        ids: (M,) int; sizes: (M, 2) width, height in pixels; rows: (M,) position in the table.
        names: M file names.
    """

    ids: np.ndarray
    sizes: np.ndarray
    rows: np.ndarray
    names: list[str]


@dataclass
class Annotations:
    """The sound annotations of one category, keypoints in the order of the file.

    Attributes:
        ids, image_ids, rows: (N,) int.
        bboxes: (N, 4) xywh in pixels.
        keypoints: (N, k, 3) x, y, v.
        areas, counts: (N,) ``area`` and ``num_keypoints``, NaN where absent.
        certain: (N,) bool, False where the annotator could not tell left from right.
    """

    ids: np.ndarray
    image_ids: np.ndarray
    rows: np.ndarray
    bboxes: np.ndarray
    keypoints: np.ndarray
    areas: np.ndarray
    counts: np.ndarray
    certain: np.ndarray


@dataclass
class Columns:
    """One file in columns.

    Attributes:
        images: the sound images.
        annotations: category id of the file to its sound annotations.
        labelled: ids of the images some annotation points to.
        used: category ids that occur in rows, broken ones included.
        num_images, num_annotations: all rows, broken ones included.
        problems: the rows that could not be converted.
    """

    images: Images
    annotations: dict[object, Annotations]
    labelled: np.ndarray
    used: set
    num_images: int
    num_annotations: int
    problems: list[Problem] = field(default_factory=list)


def read_columns(rows: Iterable[Row], plans: dict[object, Plan], file: str) -> Columns:
    """Read all rows of a file.

    Args:
        rows: the file's rows, for example a ``CocoStream``.
        plans: see ``plan_categories``.
        file: stands in the problems.
    """
    reader = _Reader(plans, file)
    for table, value, _ in rows:
        if table == "annotations":
            reader.add_annotation(value)
        elif table == "images":
            reader.add_image(value)
    return reader.finish()


class _Reader:
    def __init__(self, plans: dict[object, Plan], file: str) -> None:
        self.plans, self.file = plans, file
        self.problems: list[Problem] = []
        self.seen = Counter()
        self.images: list[tuple[int, int, int, int]] = []
        self.names: list[str] = []
        self.waiting: dict[object, list[tuple[int, dict]]] = {key: [] for key in plans}
        self.done: dict[object, list[Annotations]] = {key: [] for key in plans}
        self.other_images: list[int] = []
        self.used: set = set()

    def add_image(self, image: object) -> None:
        row = self.seen["images"]
        self.seen["images"] += 1
        wrong = _image_fault(image)
        if wrong:
            known = image if isinstance(image, dict) else {}
            self.problems.append(
                Problem("image-entry", self.file, wrong, image_id=known.get("id"), row=row)
            )
            return
        self.images.append((image["id"], image["width"], image["height"], row))
        self.names.append(image["file_name"])

    def add_annotation(self, annotation: object) -> None:
        row = self.seen["annotations"]
        self.seen["annotations"] += 1
        try:
            batch = self.waiting[annotation["category_id"]]
        except (KeyError, TypeError):
            self._refuse(row, annotation)
            return
        batch.append((row, annotation))
        if len(batch) >= _BATCH:
            self._convert(annotation["category_id"])

    def finish(self) -> Columns:
        for key in self.plans:
            self._convert(key)
        table = np.array(self.images, dtype=float).reshape(-1, 4)
        images = Images(
            ids=np.array([i[0] for i in self.images], dtype=np.int64),
            sizes=table[:, 1:3],
            rows=table[:, 3].astype(np.int64),
            names=self.names,
        )
        joined = {key: _join(parts) for key, parts in self.done.items() if parts}
        labelled = [part.image_ids for part in joined.values()]
        labelled.append(np.array(self.other_images, dtype=np.int64))
        return Columns(
            images,
            joined,
            np.unique(np.concatenate(labelled)),
            self.used,
            self.seen["images"],
            self.seen["annotations"],
            self.problems,
        )

    def _convert(self, key: object) -> None:
        batch, self.waiting[key] = self.waiting[key], []
        if batch:
            self.used.add(key)
        plan = self.plans[key]
        converted = _to_arrays(batch, plan) if batch else None
        if batch and converted is None:
            sound = [(row, a) for row, a in batch if not self._faults(row, a, plan)]
            converted = _to_arrays(sound, plan) if sound else None
        if converted is not None:
            self.done[key].append(converted)

    def _faults(self, row: int, annotation: dict, plan: Plan) -> bool:
        faults = _annotation_faults(annotation, plan)
        for code, text in faults:
            self._add(code, text, row, annotation)
        if faults:
            self._keep_image(annotation)
        return bool(faults)

    def _refuse(self, row: int, annotation: object) -> None:
        if not isinstance(annotation, dict):
            self._add("annotation-entry", f"annotation {annotation!r} is no object", row, {})
            return
        known = ", ".join(f"{key} {plan.name}" for key, plan in self.plans.items()) or "none"
        text = (
            f"category_id {annotation.get('category_id')!r} is unknown; the file defines {known}"
        )
        self._add("annotation-category", text, row, annotation)
        self._keep_image(annotation)

    def _keep_image(self, annotation: dict) -> None:
        if _is_id(annotation.get("image_id")):
            self.other_images.append(annotation["image_id"])

    def _add(self, code: str, text: str, row: int, annotation: dict) -> None:
        if "id" not in annotation:
            text = f"entry {row} of `annotations`: {text}"
        place = {"image_id": annotation.get("image_id"), "annotation_id": annotation.get("id")}
        self.problems.append(Problem(code, self.file, text, row=row, **place))


def _image_fault(image: object) -> str | None:
    if not isinstance(image, dict):
        return f"image {image!r} is no object"
    if not _is_id(image.get("id")):
        return f"image id {image.get('id')!r} is no whole number"
    if not isinstance(image.get("file_name"), str) or not image["file_name"]:
        return f"file_name {image.get('file_name')!r} is no name"
    for key in ("width", "height"):
        if not _is_number(image.get(key)) or not image[key] > 0:
            return f"{key} {image.get(key)!r}; a number of pixels above 0 is expected"
    return None


def _annotation_faults(annotation: dict, plan: Plan) -> list[tuple[str, str]]:
    faults = []
    for key in ("id", "image_id"):
        if not _is_id(annotation.get(key)):
            faults.append(
                ("annotation-entry", f"{key} {annotation.get(key)!r} is no whole number")
            )
    bbox, keypoints = annotation.get("bbox"), annotation.get("keypoints")
    if not isinstance(bbox, list) or len(bbox) != 4:
        faults.append(("annotation-entry", f"bbox {bbox!r}; [x, y, width, height] is expected"))
    elif not all(_is_number(v) for v in bbox):
        faults.append(("number", f"bbox {bbox} has a value that is no number"))
    wanted = plan.num_keypoints
    if not isinstance(keypoints, list):
        faults.append(("annotation-entry", f"keypoints {keypoints!r}; a list is expected"))
    elif wanted is None or len(keypoints) != 3 * wanted:
        text = f"{len(keypoints) / 3:g} keypoints, {plan.name} defines {wanted}"
        faults.append(("keypoint-count", text))
    elif not all(_is_number(v) for v in keypoints):
        faults.append(("number", "keypoints have a value that is no number"))
    return faults


def _is_id(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _is_number(value: object) -> bool:
    return type(value) in (int, float) and abs(value) < 1e300


def _to_arrays(batch: list[tuple[int, dict]], plan: Plan) -> Annotations | None:
    """Convert rows together; None when one of them does not convert."""
    if plan.num_keypoints is None:
        return None
    try:
        ids, image_ids, bboxes, keypoints = zip(*(_NEEDED(a) for _, a in batch), strict=True)
        numbers = [np.array(v) for v in (ids, image_ids, bboxes, keypoints)]
    except (KeyError, ValueError, OverflowError):
        return None
    n, values = len(batch), 3 * plan.num_keypoints
    if [array.shape for array in numbers] != [(n,), (n,), (n, 4), (n, values)]:
        return None
    if any(array.dtype.kind != "i" for array in numbers[:2]):
        return None
    if any(array.dtype.kind not in "if" for array in numbers[2:]):
        return None
    if not all(np.abs(array).max(initial=0) < 1e300 for array in numbers[2:]):
        return None  # NaN and infinity fail this comparison, too
    return Annotations(
        ids=numbers[0].astype(np.int64),
        image_ids=numbers[1].astype(np.int64),
        rows=np.array([row for row, _ in batch], dtype=np.int64),
        bboxes=numbers[2].astype(float),
        keypoints=numbers[3].astype(float).reshape(n, -1, 3),
        areas=_optional(batch, "area"),
        counts=_optional(batch, "num_keypoints"),
        certain=np.array([a.get("certain_left_right") is not False for _, a in batch]),
    )


def _optional(batch: list[tuple[int, dict]], key: str) -> np.ndarray:
    values = [a.get(key) for _, a in batch]
    return np.array([v if _is_number(v) else np.nan for v in values], dtype=float)


def _join(parts: list[Annotations]) -> Annotations:
    names = Annotations.__dataclass_fields__
    return Annotations(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})
