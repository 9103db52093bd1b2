"""The rules sound annotations must keep, on all annotations of a category at once.

Every rule is a pure function of columns that returns a mask of the annotations (or keypoints)
that break it; ``apply_rules`` turns masks into problems.

Shapes: N annotations of one category, k keypoints. Pixels, pixel centers on integers: a picture
of width w spans -0.5 to w - 0.5. Half a pixel more is allowed, because tools that count from the
pixel's corner write values up to w.
"""

from collections.abc import Iterator

import numpy as np

from surgtools.annotations.check.categories import Plan
from surgtools.annotations.check.columns import Annotations
from surgtools.annotations.check.problems import Problem
from surgtools.metainfo import Instrument

EDGE_TOLERANCE = 1.0
"""Pixels a box or keypoint may lie beyond the picture's edge: rounding of other tools."""

BOX_TOLERANCE = (3.0, 0.02)
"""Pixels, and share of the box diagonal, a keypoint may lie outside its box."""

SIDE_TOLERANCE = (2.0, 0.005)
"""Pixels, and share of the axis, by which left may lie right of right: closed jaws."""

SAME_PLACE = 0.02
"""Two annotations whose keypoints and boxes agree to this share of the diagonal are one."""


def bad_visibility(keypoints: np.ndarray) -> np.ndarray:
    """(N,) True where some v is none of 0, 1, 2."""
    return ~np.isin(keypoints[:, :, 2], (0, 1, 2)).all(axis=1)


def placed_unlabelled(keypoints: np.ndarray) -> np.ndarray:
    """(N,) True where a keypoint with v = 0 has a place; COCO writes 0, 0."""
    return ((keypoints[:, :, 2] == 0) & (keypoints[:, :, :2] != 0).any(axis=2)).any(axis=1)


def outside_image(keypoints: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(N, k) True where a keypoint with v > 0 is not on the picture; ``sizes`` (N, 2) as w, h."""
    xy = keypoints[:, :, :2]
    inside = (xy >= -EDGE_TOLERANCE) & (xy <= sizes[:, None] - 1 + EDGE_TOLERANCE)
    return (keypoints[:, :, 2] > 0) & ~inside.all(axis=2)


def outside_box(keypoints: np.ndarray, bboxes: np.ndarray) -> np.ndarray:
    """(N, k) True where a keypoint with v > 0 is not in its box."""
    pixels, share = BOX_TOLERANCE
    margin = np.maximum(pixels, share * np.hypot(bboxes[:, 2], bboxes[:, 3]))[:, None, None]
    low, high = bboxes[:, None, :2], bboxes[:, None, :2] + bboxes[:, None, 2:]
    xy = keypoints[:, :, :2]
    inside = (xy >= low - margin) & (xy <= high + margin)
    return (keypoints[:, :, 2] > 0) & ~inside.all(axis=2)


def box_excess(bboxes: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(N,) pixels by which a box leaves its picture, 0 or less where it does not."""
    beyond = np.concatenate([-bboxes[:, :2], bboxes[:, :2] + bboxes[:, 2:] - sizes], axis=1)
    return beyond.max(axis=1, initial=-np.inf)


def exchanged_sides(keypoints: np.ndarray, instrument: Instrument) -> np.ndarray:
    """(N, P) True where a left/right pair clearly breaks the image-side rule.

    The same axis as ``metainfo.side_offsets``, for N instances at once. Pairs that are not
    labelled, or whose axis is not, cannot be judged and count as kept.

    Args:
        keypoints: (N, k, 3) in the order of ``metainfo``.

    Returns:
        One column for each of the P pairs of ``instrument.swaps``.
    """
    xy, labelled = keypoints[:, :, :2], keypoints[:, :, 2] > 0
    base = [instrument.index(name) for name in instrument.base]
    tips = [instrument.index(name) for name in instrument.tips]
    start = xy[:, base].mean(axis=1)
    axis = xy[:, tips].mean(axis=1) - start
    length = np.hypot(axis[:, 0], axis[:, 1])
    known = labelled[:, base + tips].all(axis=1) & (length > 0)
    right = np.stack([-axis[:, 1], axis[:, 0]], axis=1) / np.where(length > 0, length, 1)[:, None]
    offsets = ((xy - start[:, None]) * right[:, None]).sum(axis=2)
    pixels, share = SIDE_TOLERANCE
    tolerance = np.maximum(pixels, share * length)
    wrong = []
    for left_name, right_name in instrument.swaps:
        i, j = instrument.index(left_name), instrument.index(right_name)
        judged = known & labelled[:, i] & labelled[:, j]
        wrong.append(judged & (offsets[:, i] - offsets[:, j] > tolerance))
    return np.stack(wrong, axis=1) if wrong else np.zeros((len(xy), 0), dtype=bool)


def repeated(table: Annotations) -> np.ndarray:
    """(N,) for each annotation the row of an earlier, practically equal one, or -1.

    Annotations of one picture are sorted by place and compared with the next, which finds copies
    in near-linear time.
    """
    found = np.full(len(table.ids), -1, dtype=np.int64)
    order = np.lexsort((table.bboxes[:, 1], table.bboxes[:, 0], table.image_ids))
    a, b = order[:-1], order[1:]
    diagonal = np.hypot(table.bboxes[a, 2], table.bboxes[a, 3])
    boxes = np.abs(table.bboxes[a] - table.bboxes[b]).max(axis=1, initial=0)
    points = np.abs(table.keypoints[a, :, :2] - table.keypoints[b, :, :2])
    same = table.image_ids[a] == table.image_ids[b]
    same &= np.maximum(boxes, points.max(axis=(1, 2), initial=0)) <= SAME_PLACE * diagonal
    later = table.rows[b] > table.rows[a]
    found[np.where(later, b, a)[same]] = np.where(later, table.rows[a], table.rows[b])[same]
    return found


def apply_rules(
    table: Annotations, plan: Plan, sizes: np.ndarray, names: list[str | None], file: str
) -> Iterator[Problem]:
    """Yield every problem of the annotations of one category.

    Args:
        table: keypoints in the file's order.
        plan: see ``plan_categories``; rules that need ``metainfo`` are skipped without it.
        sizes: (N, 2) width and height of each annotation's picture, NaN when it is absent.
        names: N file names of the pictures, None when absent.
    """

    def problem(code: str, n: int, message: str) -> Problem:
        return Problem(
            code,
            file,
            message,
            image_id=int(table.image_ids[n]),
            annotation_id=int(table.ids[n]),
            file_name=names[n],
            row=int(table.rows[n]),
        )

    keypoints, bboxes = table.keypoints, table.bboxes
    labels = _keypoint_names(plan, keypoints.shape[1])
    for n in _where(bad_visibility(keypoints)):
        text = f"visibility {_plain(keypoints[n, :, 2])}; 0, 1 or 2 is expected"
        yield problem("keypoint-visibility", n, text)
    for n in _where(placed_unlabelled(keypoints)):
        text = "a keypoint with v = 0 has a place; x = y = 0 is expected"
        yield problem("keypoint-unlabelled-place", n, text)
    counts = (keypoints[:, :, 2] > 0).sum(axis=1)
    for n in _where(table.counts != counts):
        given = "absent" if np.isnan(table.counts[n]) else f"{table.counts[n]:g}"
        text = f"num_keypoints is {given}, {counts[n]} keypoints have v > 0"
        yield problem("num-keypoints", n, text)
    for n in _where(counts == 0):
        yield problem("keypoint-none", n, "no keypoint is labelled")

    broken = (bboxes[:, 2:] <= 0).any(axis=1)
    for n in _where(broken):
        yield problem("box-broken", n, f"box {_plain(bboxes[n])}; width and height above 0 needed")
    products = bboxes[:, 2] * bboxes[:, 3]
    for n in _where(~broken & ~np.isclose(table.areas, products, rtol=0.01, atol=1)):
        given = "absent" if np.isnan(table.areas[n]) else f"{table.areas[n]:g}"
        yield problem("box-area", n, f"area is {given}, width x height is {products[n]:g}")
    excess = box_excess(bboxes, sizes)
    absent = ~broken & (
        (bboxes[:, :2] >= sizes).any(axis=1) | (bboxes[:, :2] + bboxes[:, 2:] <= 0).any(axis=1)
    )
    for n in _where(absent):
        text = f"box {_plain(bboxes[n])} is outside the picture of {_plain(sizes[n])}"
        yield problem("box-absent", n, text)
    for n in _where(~broken & ~absent & (excess > EDGE_TOLERANCE)):
        text = f"box {_plain(bboxes[n])} leaves the picture of {_plain(sizes[n])}"
        yield problem("box-outside", n, f"{text} by {excess[n]:.1f} px")
    known = ~np.isnan(sizes).any(axis=1)
    for n, own in zip(*np.nonzero(outside_image(keypoints, sizes) & known[:, None]), strict=True):
        place = _plain(keypoints[n, own, :2])
        text = f"{labels[own]} at {place} is outside the picture of {_plain(sizes[n])}"
        yield problem("keypoint-outside-image", n, text)
    beyond = outside_box(keypoints, bboxes) & ~broken[:, None]
    for n, own in zip(*np.nonzero(beyond), strict=True):
        text = f"{labels[own]} at {_plain(keypoints[n, own, :2])} is outside its box"
        yield problem("keypoint-outside-box", n, f"{text} {_plain(bboxes[n])}")

    if plan.instrument is not None:
        wrong = exchanged_sides(keypoints[:, list(plan.order)], plan.instrument)
        for n, pair in zip(*np.nonzero(wrong & table.certain[:, None]), strict=True):
            left, right = plan.instrument.swaps[pair]
            text = f"{left} lies to the right of {right} (tips turned up, as the viewer sees it)"
            yield problem("side-rule", n, text)
    first = repeated(table)
    for n in _where(first >= 0):
        text = f"repeats entry {first[n]} of `annotations` (same picture, category and place)"
        yield problem("annotation-duplicate", n, text)


def _where(mask: np.ndarray) -> list[int]:
    return np.flatnonzero(mask).tolist()


def _plain(values: np.ndarray) -> list:
    return [round(v, 2) if v % 1 else int(v) for v in np.asarray(values).tolist()]


def _keypoint_names(plan: Plan, count: int) -> list[str]:
    if plan.instrument is None:
        return [f"keypoint {i}" for i in range(count)]
    names = [""] * count
    for name, position in zip(plan.instrument.keypoints, plan.order, strict=True):
        names[position] = name
    return names
