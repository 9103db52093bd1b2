"""Mend the problems that have one safe answer; leave every other one as it was found."""

from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy

import numpy as np

from surgtools.annotations.check.categories import Plan, plan_categories
from surgtools.annotations.check.field_values import is_key
from surgtools.annotations.check.geometry import exchanged_sides, outside_image
from surgtools.annotations.check.problems import Problem
from surgtools.annotations.check.unlisted import UnlistedCategories
from surgtools.taxonomy import SURGICAL, Taxonomy


def repair(
    content: dict, problems: Sequence[Problem], taxonomy: Taxonomy = SURGICAL
) -> tuple[dict, Counter]:
    """Mend the fixable problems of one file.

    Safe are: categories that only annotations have, which come into the list under a name made
    from the id; order, ids and skeleton of categories and the annotations that follow from them;
    labelled keypoints outside the picture (v becomes 0); places of unlabelled keypoints;
    exchanged sides; boxes that leave the picture (clipped); ``area`` and ``num_keypoints``;
    repeated annotations (the later one goes) and repeated annotation ids (the later one gets
    the next free id).

    Args:
        content: the file's content; it is not changed.
        problems: what ``check_files`` or ``find_problems`` found in it.
        taxonomy: the categories that they were found with.

    Returns:
        The mended content, and how many problems of each code were mended.
    """
    content = deepcopy(content)
    fixable = [problem for problem in problems if problem.fixable]
    mended = Counter(problem.code for problem in fixable)
    unlisted = UnlistedCategories(content["categories"])
    for annotation in content["annotations"]:
        unlisted.take(annotation)
    content["categories"] += unlisted.rows(taxonomy)
    plans, _ = plan_categories(content["categories"], "", taxonomy)
    sizes = {i["id"]: (i["width"], i["height"]) for i in content["images"] if _is_sized(i)}
    _mend_categories(content, plans)
    drop = set()
    by_row: dict[int, set[str]] = {}
    for problem in fixable:
        if problem.code.startswith("category"):
            continue
        if problem.code == "annotation-duplicate":
            drop.add(problem.row)
        by_row.setdefault(problem.row, set()).add(problem.code)
    free = 1 + max((a["id"] for a in content["annotations"] if _is_numbered(a)), default=0)
    for row, codes in by_row.items():
        annotation = content["annotations"][row]
        if "annotation-id-duplicate" in codes:
            annotation["id"] = free
            free += 1
        size = sizes.get(annotation["image_id"])
        for code, mend in _MENDERS.items():
            if code in codes:
                mend(annotation, size)
        if "side-rule" in codes:
            _exchange(annotation, plans)
    _renumber_categories(content, plans)
    content["annotations"] = [a for n, a in enumerate(content["annotations"]) if n not in drop]
    return content, mended


def _is_sized(image: object) -> bool:
    if not isinstance(image, dict) or not {"width", "height"} <= image.keys():
        return False
    return is_key(image.get("id"))


def _is_numbered(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("id"), int)


def _plan_of(row: object, key: str, plans: dict[object, Plan]) -> Plan | None:
    """The plan of the category a row names under ``key``; None for broken rows."""
    named = row.get(key) if isinstance(row, dict) else None
    return plans.get(named) if isinstance(named, int) else None


def _points(annotation: dict) -> np.ndarray:
    return np.array(annotation["keypoints"], dtype=float).reshape(1, -1, 3)


def _clear(annotation: dict, mask: np.ndarray) -> None:
    """Make the masked keypoints unlabelled: 0, 0, 0."""
    for own in np.flatnonzero(mask).tolist():
        annotation["keypoints"][3 * own : 3 * own + 3] = [0, 0, 0]
    annotation["num_keypoints"] = sum(v > 0 for v in annotation["keypoints"][2::3])


def _clear_unlabelled(annotation: dict, size: tuple | None) -> None:
    _clear(annotation, _points(annotation)[0, :, 2] == 0)


def _clear_outside(annotation: dict, size: tuple) -> None:
    _clear(annotation, outside_image(_points(annotation), np.array([size]))[0])


def _count(annotation: dict, size: tuple | None) -> None:
    _clear(annotation, np.zeros(0))


def _clip(annotation: dict, size: tuple) -> None:
    x, y, width, height = annotation["bbox"]
    right, bottom = min(x + width, size[0]), min(y + height, size[1])
    x, y = max(x, 0), max(y, 0)
    annotation["bbox"] = [x, y, right - x, bottom - y]
    _measure(annotation, size)


def _measure(annotation: dict, size: tuple | None) -> None:
    annotation["area"] = round(annotation["bbox"][2] * annotation["bbox"][3], 3)


_MENDERS: dict[str, Callable[[dict, tuple | None], None]] = {
    "keypoint-unlabelled-place": _clear_unlabelled,
    "keypoint-outside-image": _clear_outside,
    "num-keypoints": _count,
    "box-outside": _clip,
    "box-area": _measure,
}


def _exchange(annotation: dict, plans: dict[object, Plan]) -> None:
    """Swap the pairs that break the image-side rule."""
    instrument = plans[annotation["category_id"]].instrument
    keypoints = _points(annotation)
    rows = [annotation["keypoints"][i : i + 3] for i in range(0, 3 * keypoints.shape[1], 3)]
    wrong = exchanged_sides(keypoints, instrument)[0]
    for swap, (left, right) in zip(wrong, instrument.swaps, strict=True):
        if swap:
            i, j = instrument.index(left), instrument.index(right)
            rows[i], rows[j] = rows[j], rows[i]
    annotation["keypoints"] = [value for row in rows for value in row]


def _mend_categories(content: dict, plans: dict[object, Plan]) -> None:
    """Put every annotation's keypoints in the order of the taxonomy."""
    for annotation in content["annotations"]:
        plan = _plan_of(annotation, "category_id", plans)
        if plan is None or plan.instrument is None or not plan.reordered:
            continue
        keypoints = annotation.get("keypoints")
        if isinstance(keypoints, list) and len(keypoints) == 3 * len(plan.order):
            annotation["keypoints"] = [
                value for own in plan.order for value in keypoints[3 * own : 3 * own + 3]
            ]


def _renumber_categories(content: dict, plans: dict[object, Plan]) -> None:
    """Give known categories their entry of the taxonomy; unknown ones keep a free id."""
    known = {key: p.instrument.id for key, p in plans.items() if p.instrument is not None}
    taken = set(known.values())
    fresh = max([*taken, *(key for key in plans if isinstance(key, int)), 0])
    new_ids = dict(known)
    for key in plans:
        if key not in known:
            if key in taken:
                fresh += 1
            new_ids[key] = fresh if key in taken else key
    for annotation in content["annotations"]:
        if _plan_of(annotation, "category_id", plans) is not None:
            annotation["category_id"] = new_ids[annotation["category_id"]]
    for row, category in enumerate(content["categories"]):
        plan = _plan_of(category, "id", plans)
        if plan is None:
            continue
        if plan.instrument is not None:
            extra = {k: v for k, v in category.items() if k not in plan.instrument.to_category()}
            content["categories"][row] = {**plan.instrument.to_category(), **extra}
        else:
            category["id"] = new_ids[category["id"]]
