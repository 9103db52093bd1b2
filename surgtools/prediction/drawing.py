"""Draw instruments so that they can be read at 416 pixels and at 4K.

Line width, dots and text follow the size of the picture; every stroke has a dark rim, so that it
stands out on steel and on drapes. Visible keypoints are filled, hidden ones hollow, uncertain
ones are left out together with their lines.
"""

from collections.abc import Iterable

import cv2
import numpy as np

from surgtools.evaluation.settings import KEYPOINT_THR
from surgtools.prediction.results import Instance
from surgtools.taxonomy import SURGICAL, Taxonomy

CATEGORY_COLORS: tuple[tuple[int, int, int], ...] = (
    (0, 159, 230),
    (233, 180, 86),
    (115, 158, 0),
    (167, 121, 204),
    (66, 228, 240),
    (0, 94, 213),
)
"""BGR by label, repeating. Source: Okabe and Ito, colors that the color-blind tell apart."""

LEFT_COLOR, RIGHT_COLOR, CENTER_COLOR = (80, 255, 80), (80, 80, 255), (255, 255, 255)
_RIM = (20, 20, 20)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def category_color(category_id: int, taxonomy: Taxonomy = SURGICAL) -> tuple[int, int, int]:
    """BGR color of a category: neighbors in a taxonomy differ, whatever their ids."""
    return CATEGORY_COLORS[taxonomy.label_of(category_id) % len(CATEGORY_COLORS)]


def _color_of(instance: Instance) -> tuple[int, int, int]:
    return category_color(instance.category_id, instance.taxonomy)


def draw_instances(
    image: np.ndarray,
    instances: Iterable[Instance],
    kpt_thr: float = KEYPOINT_THR,
    names: bool | None = None,
    boxes: bool = True,
) -> np.ndarray:
    """A copy of the picture with the instances on it.

    Args:
        image: (H, W, 3) BGR uint8.
        kpt_thr: keypoints with a lower score are left out.
        names: write keypoint names; None writes them where the instrument is large enough.
        boxes: draw the box.

    Returns:
        (H, W, 3) BGR uint8; no instances, an equal copy.
    """
    canvas = image.copy()
    pen = _Pen.for_size(canvas.shape)
    instances = list(instances)
    for instance in instances:
        _draw_skeleton(canvas, instance, kpt_thr, pen)
    for instance in instances:
        _draw_keypoints(canvas, instance, kpt_thr, pen)
    taken: list[tuple[int, int, int, int]] = []
    for instance in instances if boxes else ():
        _draw_box(canvas, instance, pen)
    for instance in instances:
        _write_caption(canvas, instance, pen, taken)
    for instance in instances:
        diagonal = np.hypot(*(instance.bbox[2:] - instance.bbox[:2]))
        if names or (names is None and diagonal > 14 * pen.text_height):
            _write_names(canvas, instance, kpt_thr, pen, taken)
    return canvas


class _Pen:
    """Sizes in pixels that belong together."""

    def __init__(self, line: int, dot: int, font_scale: float) -> None:
        self.line, self.dot, self.font_scale = line, dot, font_scale
        self.stroke = max(1, round(font_scale * 1.6))
        self.text_height = cv2.getTextSize("Xg", _FONT, font_scale, self.stroke)[0][1]

    @classmethod
    def for_size(cls, shape: tuple[int, ...]) -> "_Pen":
        side = float(np.sqrt(shape[0] * shape[1]))
        return cls(
            line=max(1, round(side / 360)),
            dot=max(2, round(side / 170)),
            font_scale=max(0.34, side / 1500),
        )


def _point(xy: np.ndarray) -> tuple[int, int]:
    x, y = np.clip(np.nan_to_num(xy), -32000, 32000)
    return round(float(x)), round(float(y))


def _draw_skeleton(canvas: np.ndarray, instance: Instance, kpt_thr: float, pen: _Pen) -> None:
    lines = []
    for i, j in instance.category.skeleton_indices:
        if min(instance.keypoint_scores[i], instance.keypoint_scores[j]) >= kpt_thr:
            lines.append((_point(instance.keypoints[i]), _point(instance.keypoints[j])))
    color = _color_of(instance)
    for start, end in lines:
        cv2.line(canvas, start, end, _RIM, pen.line + 2 * max(1, pen.line // 2), cv2.LINE_AA)
    for start, end in lines:
        if instance.interpolated:
            _dashed(canvas, start, end, color, pen)
        else:
            cv2.line(canvas, start, end, color, pen.line, cv2.LINE_AA)


def _dashed(canvas: np.ndarray, start, end, color, pen: _Pen) -> None:
    start, end = np.array(start, float), np.array(end, float)
    count = max(1, int(np.hypot(*(end - start)) / (6 * pen.line + 4)))
    for step in range(count):
        a, b = (start + (end - start) * (step + part) / count for part in (0, 0.5))
        cv2.line(canvas, _point(a), _point(b), color, pen.line, cv2.LINE_AA)


def _draw_keypoints(canvas: np.ndarray, instance: Instance, kpt_thr: float, pen: _Pen) -> None:
    names = instance.category.keypoints
    rows = zip(
        names,
        instance.keypoints,
        instance.keypoint_scores,
        instance.keypoint_visible,
        strict=True,
    )
    for name, xy, score, visible in rows:
        if score < kpt_thr:
            continue
        color = _side_color(name, instance)
        rim = max(1, pen.line // 2)
        if visible >= 0.5:
            cv2.circle(canvas, _point(xy), pen.dot + rim, _RIM, -1, cv2.LINE_AA)
            cv2.circle(canvas, _point(xy), pen.dot, color, -1, cv2.LINE_AA)
        else:
            cv2.circle(canvas, _point(xy), pen.dot + rim, _RIM, 3 * rim, cv2.LINE_AA)
            cv2.circle(canvas, _point(xy), pen.dot + rim, color, rim, cv2.LINE_AA)


def _side_color(name: str, instance: Instance) -> tuple[int, int, int]:
    swaps = instance.category.swaps
    if any(name == left for left, _ in swaps):
        return LEFT_COLOR
    return RIGHT_COLOR if any(name == right for _, right in swaps) else CENTER_COLOR


def _draw_box(canvas: np.ndarray, instance: Instance, pen: _Pen) -> None:
    color = _color_of(instance)
    low, high = _point(instance.bbox[:2]), _point(instance.bbox[2:])
    cv2.rectangle(canvas, low, high, color, max(1, pen.line // 2), cv2.LINE_AA)


def _write_caption(canvas: np.ndarray, instance: Instance, pen: _Pen, taken: list) -> None:
    """Track id, category and confidence on a patch of the category's color, off other patches."""
    number = "" if instance.track_id is None else f"#{instance.track_id} "
    mark = " (filled)" if instance.interpolated else ""
    text = f"{number}{instance.category_name} {instance.bbox_score:.2f}{mark}"
    (width, height), base = cv2.getTextSize(text, _FONT, pen.font_scale, pen.stroke)
    pad = max(2, pen.line)
    box_w, box_h = width + 2 * pad, height + base + 2 * pad
    (left, top), (_, bottom) = _point(instance.bbox[:2]), _point(instance.bbox[2:])
    x = int(np.clip(left, 0, max(0, canvas.shape[1] - box_w)))
    y = top - box_h
    if y < 0:
        y = int(np.clip(bottom, 0, max(0, canvas.shape[0] - box_h)))
    for _ in range(8):
        if not any(_overlap((x, y, box_w, box_h), other) for other in taken):
            break
        y = y + box_h if y + 2 * box_h <= canvas.shape[0] else 0
    taken.append((x, y, box_w, box_h))
    cv2.rectangle(canvas, (x, y), (x + box_w, y + box_h), _color_of(instance), -1)
    at = (x + pad, y + pad + height)
    cv2.putText(canvas, text, at, _FONT, pen.font_scale, (0, 0, 0), pen.stroke, cv2.LINE_AA)


def _write_names(
    canvas: np.ndarray, instance: Instance, kpt_thr: float, pen: _Pen, taken: list
) -> None:
    """Keypoint names beside their dots, pushed away from the instrument's middle."""
    names = instance.category.keypoints
    if not names:
        return
    middle = instance.keypoints.mean(axis=0)
    scale = pen.font_scale * 0.85
    for name, xy, score in zip(names, instance.keypoints, instance.keypoint_scores, strict=True):
        if score < kpt_thr:
            continue
        text = name.replace("left_", "L ").replace("right_", "R ").replace("_", " ")
        (width, height), _ = cv2.getTextSize(text, _FONT, scale, pen.stroke)
        right = xy[0] >= middle[0]
        x = xy[0] + 2 * pen.dot if right else xy[0] - 2 * pen.dot - width
        y = xy[1] + height / 2
        x = float(np.clip(x, 0, max(0, canvas.shape[1] - width)))
        y = float(np.clip(y, height, canvas.shape[0] - 2))
        for _ in range(6):
            patch = (int(x), int(y) - height, width, height + 2)
            if not any(_overlap(patch, other) for other in taken):
                break
            y += (height + 3) if y < canvas.shape[0] - 2 * height else -(height + 3)
        taken.append(patch)
        at = (int(x), int(y))
        cv2.putText(canvas, text, at, _FONT, scale, _RIM, pen.stroke + 2, cv2.LINE_AA)
        color = _side_color(name, instance)
        cv2.putText(canvas, text, at, _FONT, scale, color, pen.stroke, cv2.LINE_AA)


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    apart_x = a[0] + a[2] <= b[0] or b[0] + b[2] <= a[0]
    apart_y = a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1]
    return not (apart_x or apart_y)
