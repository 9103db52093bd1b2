"""The table of rules that annotations must keep, applied to all of a category at once.

The fields of each row are sound by then, see ``fields``. What is judged here is what they say
together: a keypoint against its box, a box against its picture, left against right. ``RULES`` is
the table; a rule finds the annotations that break it in arrays.

Shapes: N annotations of one category, k keypoints.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from surgtools.annotations.check.categories import Plan
from surgtools.annotations.check.geometry import (
    EDGE_TOLERANCE,
    bad_visibility,
    box_excess,
    exchanged_sides,
    outside_box,
    outside_image,
    placed_unlabelled,
    repeated,
)
from surgtools.annotations.check.problems import KINDS, Problem
from surgtools.annotations.check.row_batches import Annotations


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: the annotations of one category and the pictures they are in.

    Attributes:
        table: keypoints in the file's order.
        plan: see ``plan_categories``.
        sizes: (N, 2) width and height of each annotation's picture, NaN when it is absent.
    """

    table: Annotations
    plan: Plan
    sizes: np.ndarray

    @property
    def broken(self) -> np.ndarray:
        """(N,) True where a box has no width or no height."""
        return (self.table.bboxes[:, 2:] <= 0).any(axis=1)

    @property
    def absent(self) -> np.ndarray:
        """(N,) True where a box lies wholly outside its picture."""
        low = self.table.bboxes[:, :2]
        high = low + self.table.bboxes[:, 2:]
        return ~self.broken & ((low >= self.sizes).any(axis=1) | (high <= 0).any(axis=1))

    @property
    def counts(self) -> np.ndarray:
        """(N,) number of labelled keypoints."""
        return (self.table.keypoints[:, :, 2] > 0).sum(axis=1)

    def keypoint_names(self) -> list[str]:
        """k names in the order of the file; numbers where the taxonomy has no such category."""
        count = self.table.keypoints.shape[1]
        if self.plan.instrument is None:
            return [f"keypoint {i}" for i in range(count)]
        names = [""] * count
        for name, position in zip(self.plan.instrument.keypoints, self.plan.order, strict=True):
            names[position] = name
        return names


Finding = tuple[int, str]
"""Position of an annotation in the arrays, and one line for people."""


def _visibility(subject: Subject) -> Iterator[Finding]:
    keypoints = subject.table.keypoints
    for n in _where(bad_visibility(keypoints)):
        yield n, f"visibility {_plain(keypoints[n, :, 2])}; 0, 1 or 2 is expected"


def _unlabelled_place(subject: Subject) -> Iterator[Finding]:
    for n in _where(placed_unlabelled(subject.table.keypoints)):
        yield n, "a keypoint with v = 0 has a place; x = y = 0 is expected"


def _num_keypoints(subject: Subject) -> Iterator[Finding]:
    given, counts = subject.table.counts, subject.counts
    if subject.plan.num_keypoints == 0:
        return  # a box only
    for n in _where(given != counts):
        shown = "no number, or absent" if np.isnan(given[n]) else f"{given[n]:g}"
        yield n, f"num_keypoints is {shown}, {counts[n]} keypoints have v > 0"


def _no_keypoint(subject: Subject) -> Iterator[Finding]:
    for n in _where(subject.counts == 0) if subject.plan.num_keypoints else ():
        yield n, "no keypoint is labelled"


def _box_broken(subject: Subject) -> Iterator[Finding]:
    for n in _where(subject.broken):
        yield n, f"box {_plain(subject.table.bboxes[n])}; width and height above 0 needed"


def _box_area(subject: Subject) -> Iterator[Finding]:
    areas, bboxes = subject.table.areas, subject.table.bboxes
    products = bboxes[:, 2] * bboxes[:, 3]
    for n in _where(~subject.broken & ~np.isclose(areas, products, rtol=0.01, atol=1)):
        given = "absent" if np.isnan(areas[n]) else f"{areas[n]:g}"
        yield n, f"area is {given}, width x height is {products[n]:g}"


def _box_absent(subject: Subject) -> Iterator[Finding]:
    bboxes, sizes = subject.table.bboxes, subject.sizes
    for n in _where(subject.absent):
        yield n, f"box {_plain(bboxes[n])} is outside the picture of {_plain(sizes[n])}"


def _box_outside(subject: Subject) -> Iterator[Finding]:
    bboxes, sizes = subject.table.bboxes, subject.sizes
    excess = box_excess(bboxes, sizes)
    for n in _where(~subject.broken & ~subject.absent & (excess > EDGE_TOLERANCE)):
        text = f"box {_plain(bboxes[n])} leaves the picture of {_plain(sizes[n])}"
        yield n, f"{text} by {excess[n]:.1f} px"


def _outside_image(subject: Subject) -> Iterator[Finding]:
    keypoints, sizes, names = subject.table.keypoints, subject.sizes, subject.keypoint_names()
    known = ~np.isnan(sizes).any(axis=1)
    for n, own in zip(*np.nonzero(outside_image(keypoints, sizes) & known[:, None]), strict=True):
        place = _plain(keypoints[n, own, :2])
        yield n, f"{names[own]} at {place} is outside the picture of {_plain(sizes[n])}"


def _outside_box(subject: Subject) -> Iterator[Finding]:
    keypoints, bboxes, names = (
        subject.table.keypoints,
        subject.table.bboxes,
        subject.keypoint_names(),
    )
    beyond = outside_box(keypoints, bboxes) & ~subject.broken[:, None]
    for n, own in zip(*np.nonzero(beyond), strict=True):
        place = _plain(keypoints[n, own, :2])
        yield n, f"{names[own]} at {place} is outside its box {_plain(bboxes[n])}"


def _sides(subject: Subject) -> Iterator[Finding]:
    table, plan = subject.table, subject.plan
    if plan.instrument is None or not plan.instrument.image_sides:
        return
    wrong = exchanged_sides(table.keypoints[:, list(plan.order)], plan.instrument)
    for n, pair in zip(*np.nonzero(wrong & table.certain[:, None]), strict=True):
        left, right = plan.instrument.swaps[pair]
        yield n, f"{left} lies to the right of {right} (tips turned up, as the viewer sees it)"


def _copies(subject: Subject) -> Iterator[Finding]:
    first = repeated(subject.table)
    for n in _where(first >= 0):
        text = f"repeats entry {first[n]} of `annotations` (same picture, category and place)"
        yield n, text


RULES: dict[str, Callable[[Subject], Iterator[Finding]]] = {
    "keypoint-visibility": _visibility,
    "keypoint-unlabelled-place": _unlabelled_place,
    "num-keypoints": _num_keypoints,
    "keypoint-none": _no_keypoint,
    "box-broken": _box_broken,
    "box-area": _box_area,
    "box-absent": _box_absent,
    "box-outside": _box_outside,
    "keypoint-outside-image": _outside_image,
    "keypoint-outside-box": _outside_box,
    "side-rule": _sides,
    "annotation-duplicate": _copies,
}
"""Key of ``KINDS`` to the rule that finds it."""


def apply_rules(
    subject: Subject, names: list[str | None], file: str, refused_only: bool = False
) -> Iterator[Problem]:
    """Yield every problem of the annotations of one category.

    Args:
        names: N file names of the pictures, None when absent.
        file: stands in the problems.
        refused_only: leave out the rules for which no reader refuses a file.
    """
    table = subject.table
    for code, rule in RULES.items():
        if refused_only and not KINDS[code].refused:
            continue
        for n, message in rule(subject):
            yield Problem(
                code,
                file,
                message,
                image_id=table.codes.decode(table.image_ids[n]),
                annotation_id=table.codes.decode(table.ids[n]),
                file_name=names[n],
                row=int(table.rows[n]),
            )


def _where(mask: np.ndarray) -> list[int]:
    return np.flatnonzero(mask).tolist()


def _plain(values: np.ndarray) -> list:
    return [round(v, 2) if v % 1 else int(v) for v in np.asarray(values).tolist()]
