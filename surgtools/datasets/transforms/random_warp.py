"""Turn, scale, shift, tilt and flip a whole picture for the detector, with tight boxes.

Shapes: N instances, M outline points of one, K slots of the union. Boxes are ``xyxy``;
pixel centers on integers.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

from surgtools.datasets.transforms.worker_rng import worker_rng
from surgtools.taxonomy import SURGICAL

_HALF_PIXEL_BACK = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
"""A mean of two pixels lies between them: blurring moves the picture by half a pixel."""


@TRANSFORMS.register_module()
class RandomWarp(BaseTransform):
    """One perspective warp from the picture to the network's input.

    Args:
        size: (width, height) of the result.
        angle: largest turn in degrees, either way.
        scale: range of the size of the picture, relative to filling the result.
        shift: largest shift of the center, as a share of the result.
        tilt: largest displacement of a corner, as a share of the picture.
        flip_prob: share of mirrored pictures.
        min_visible: instances with a smaller share of their outline inside are dropped.
        prob: share of pictures warped at random; the others are only resized.

    Outside the picture four-channel pictures get alpha 0, three-channel ones a flat color.

    Added keys: ``gt_bboxes``, ``gt_bboxes_labels``, ``gt_ignore_flags`` and, for one-stage
    networks, ``gt_keypoints`` (N, K, 3), ``gt_keypoint_weights`` (N, K) and ``gt_keypoints_3d``
    (N, K, 4), which turn and are mirrored with the picture; see ``warp_space``.
    """

    def __init__(
        self,
        size: Sequence[int],
        angle: float = 180.0,
        scale: Sequence[float] = (0.5, 1.4),
        shift: float = 0.2,
        tilt: float = 0.08,
        flip_prob: float = 0.5,
        min_visible: float = 0.25,
        prob: float = 0.9,
    ) -> None:
        self.size = tuple(size)
        self.angle, self.scale, self.shift, self.tilt = angle, tuple(scale), shift, tilt
        self.flip_prob, self.min_visible, self.prob = flip_prob, min_visible, prob

    def transform(self, results: dict) -> dict:
        """Warp the pixels, then the boxes through their outlines."""
        rng = worker_rng()
        image = results["img"]
        matrix = self._sample_matrix(image.shape[:2], rng)
        fill = [0] * 4 if image.shape[2] == 4 else rng.integers(0, 256, 3).tolist()
        shrink = abs(np.linalg.det(matrix[:2, :2])) < 0.5
        from_pixels = matrix
        if shrink:
            image, from_pixels = cv2.blur(image, (2, 2)), matrix @ _HALF_PIXEL_BACK
        results["img"] = cv2.warpPerspective(image, from_pixels, self.size, borderValue=fill)
        results["img_shape"] = results["img"].shape[:2]
        boxes, labels, ignored, keypoints, spatial = [], [], [], [], []
        flip_indices = results.get("flip_indices", SURGICAL.union_flip_indices)
        for instance in results["instances"]:
            warp = warp_region if instance["ignore_flag"] else warp_box
            box = warp(instance, matrix, self.size, self.min_visible)
            if box is not None:
                boxes.append(box)
                labels.append(instance["bbox_label"])
                ignored.append(bool(instance["ignore_flag"]))
                weights = instance.get("keypoint_weights", np.ones(len(flip_indices)))
                carried = np.column_stack([instance["keypoints"], weights])
                keypoints.append(warp_keypoints(carried, matrix, self.size, flip_indices))
                places = instance.get("keypoints_3d", np.zeros((len(flip_indices), 4)))
                spatial.append(warp_space(places, matrix, instance["bbox"], flip_indices))
        results["gt_bboxes"] = HorizontalBoxes(np.array(boxes, np.float32).reshape(-1, 4))
        results["gt_bboxes_labels"] = np.array(labels, np.int64)
        results["gt_ignore_flags"] = np.array(ignored, bool)
        per_slot = (len(boxes), len(flip_indices), 4)
        warped = np.array(keypoints, np.float32).reshape(per_slot)
        results["gt_keypoints"], results["gt_keypoint_weights"] = warped[..., :3], warped[..., 3]
        results["gt_keypoints_3d"] = np.array(spatial, np.float32).reshape(per_slot)
        return results

    def _sample_matrix(self, image_size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        """(3, 3) from picture to result."""
        height, width = image_size
        out_width, out_height = self.size
        fit = min(out_width / width, out_height / height)
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * (width / 2, height / 2)
        target, center = corners * fit, np.array([out_width - 1, out_height - 1]) / 2
        if rng.random() < self.prob:
            target = target + rng.uniform(-self.tilt, self.tilt, (4, 2)) * (width, height) * fit
            angle = np.deg2rad(rng.uniform(-self.angle, self.angle))
            turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            target = target @ turn * np.exp(rng.uniform(*np.log(self.scale)))
            center = center + rng.uniform(-self.shift, self.shift, 2) * self.size
        if rng.random() < self.flip_prob:
            target = target * (-1, 1)
        source = corners + ((width - 1) / 2, (height - 1) / 2)
        return cv2.getPerspectiveTransform(
            source.astype(np.float32), (target + center).astype(np.float32)
        )


def warp_box(
    instance: dict, matrix: np.ndarray, size: tuple[int, int], min_visible: float
) -> np.ndarray | None:
    """Tight ``xyxy`` box of an instance in the warped picture; None when it left the picture.

    The box of the warped outline, and never larger than that of the box's warped corners, which
    stand in for an outline without points.
    """
    x1, y1, x2, y2 = instance["bbox"]
    corners = _warp(np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32), matrix)
    outline = instance["outline"]
    points = _warp(outline, matrix) if len(outline) else corners
    width, height = size
    inside = ((points >= 0) & (points < (width, height))).all(axis=1)
    if not len(points) or inside.mean() < min_visible:
        return None
    seen = points[inside]
    low = np.maximum(np.maximum(seen.min(axis=0), corners.min(axis=0)), 0)
    high = np.minimum(np.minimum(seen.max(axis=0), corners.max(axis=0)), (width, height))
    if (high - low < 2).any():
        return None
    return np.concatenate([low, high])


def warp_region(
    instance: dict, matrix: np.ndarray, size: tuple[int, int], min_visible: float
) -> np.ndarray | None:
    """``xyxy`` box of a region to be ignored: all that it could cover, so rather too large.

    None when less than 2 px of it are left; ``min_visible`` is of instruments only.
    """
    x1, y1, x2, y2 = instance["bbox"]
    corners = _warp(np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32), matrix)
    low, high = np.maximum(corners.min(axis=0), 0), np.minimum(corners.max(axis=0), size)
    return None if (high - low < 2).any() else np.concatenate([low, high])


def warp_keypoints(
    keypoints: np.ndarray,
    matrix: np.ndarray,
    size: tuple[int, int],
    flip_indices: Sequence[int],
) -> np.ndarray:
    """Keypoints (K, D) as x, y, v and more in the warped picture; what left it is zero.

    A warp that mirrors the picture swaps left and right as ``flip_indices`` (K,) say.
    """
    warped = np.column_stack([_warp(keypoints[:, :2], matrix), keypoints[:, 2:]])
    inside = ((warped[:, :2] > -0.5) & (warped[:, :2] < np.array(size) - 0.5)).all(axis=1)
    warped[~inside | (keypoints[:, 2] == 0)] = 0
    mirrored = np.linalg.det(matrix) < 0
    return warped[flip_indices] if mirrored else warped


def warp_space(
    places: np.ndarray,
    matrix: np.ndarray,
    bbox: Sequence[float],
    flip_indices: Sequence[int],
) -> np.ndarray:
    """Keypoints (K, 4) as x, y, z in the frame of the camera and whether they are known.

    They turn about the axis of the camera as the picture turns where the instrument is, and a
    mirrored picture mirrors x and swaps left and right. That a picture is shifted, resized or
    tilted changes nothing: it stands for another camera.

    Args:
        matrix: (3, 3) warp of the picture.
        bbox: ``xyxy`` of the instrument before it.
        flip_indices: (K,).
    """
    center = np.array([(bbox[0] + bbox[2]) / 2, (bbox[1] + bbox[3]) / 2])
    around = _warp(np.array([center, center + (1, 0), center + (0, 1)]), matrix)
    left, _, right = np.linalg.svd((around[1:] - around[0]).T)
    warped = np.array(places, dtype=np.float32)
    warped[:, :2] = warped[:, :2] @ (left @ right).T  # the nearest turn, or mirrored turn
    return warped[flip_indices] if np.linalg.det(matrix) < 0 else warped


def _warp(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    if not len(points):  # of categories without keypoints; OpenCV returns None for them
        return np.zeros((0, 2), np.float32)
    return cv2.perspectiveTransform(points[None].astype(np.float32), matrix)[0]
