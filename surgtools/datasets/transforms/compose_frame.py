"""A new picture from the layers of several: instruments small and large over any ground.

Shapes: N instances, M outline points of one, K slots of the union. Boxes are ``xyxy``; pixel
centers on integers.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from mmcv.transforms import BaseTransform
from mmdet.registry import TRANSFORMS
from mmdet.structures.bbox import HorizontalBoxes

from surgtools.datasets.transforms.grounds import sample_ground_picture
from surgtools.datasets.transforms.layers import SOLID, cut_out, fade_border, lay, read_opaque
from surgtools.datasets.transforms.load_instrument_image import read_premultiplied_layer
from surgtools.datasets.transforms.random_warp import warp_box, warp_keypoints
from surgtools.datasets.transforms.worker_rng import worker_rng
from surgtools.images import require_pictures
from surgtools.taxonomy import SURGICAL


@dataclass
class Label:
    """One instance of the new picture: its outline tells how much of it lies under others."""

    instance: dict
    box: np.ndarray
    keypoints: np.ndarray
    outline: np.ndarray
    unclear: bool
    covered: np.ndarray


@TRANSFORMS.register_module()
class ComposeFrame(BaseTransform):
    """Lay the layers of a sample and its ``companions`` over a ground, each at a size of its own.

    The size is that of an instrument in the layer, so that a network sees every size it will
    meet; layers without one (hands, scissors) get a size as if they had.

    Args:
        size: (width, height) of the result.
        photographs: folder of pictures without instruments, see ``sample_ground_picture``; a
            share of the results is such a picture alone. Drawn grounds only when None.
        photograph_prob: share of grounds that are photographs.
        extent: range of an instrument's length over the shorter side, drawn evenly in its
            logarithm.
        count_weights: how often none, one, two ... layers are laid.
        scene_prob: share of results with one whole rendered picture below the layers.
        near_prob: share of further layers that lie close to the first, as two hands do.
        gain: range of a factor on a layer's brightness against the ground's.
        min_visible: with a smaller share of its outline inside and uncovered an instrument is
            a region to ignore.
        min_area: the same for one that shows fewer pixels,
        min_fill: or fewer than this share of its squared length: about a third of a closed
            instrument. A network that is shown more hidden ones learns that fists are instruments.
        min_keypoints: or fewer visible keypoints.
        emptied_prob: share of layers from which the instruments are cut out, so that a hand is
            left that holds nothing; layers without masks stay as they are.

    Added keys: ``img``, ``img_shape``, ``ori_shape``, ``gt_bboxes``, ``gt_bboxes_labels``,
    ``gt_ignore_flags``, ``gt_keypoints``.
    """

    def __init__(
        self,
        size: Sequence[int],
        photographs: str | None = None,
        photograph_prob: float = 0.65,
        extent: Sequence[float] = (0.06, 0.9),
        count_weights: Sequence[float] = (0.2, 0.3, 0.3, 0.15, 0.05),
        scene_prob: float = 0.2,
        near_prob: float = 0.5,
        gain: Sequence[float] = (0.7, 1.7),
        min_visible: float = 0.3,
        min_area: float = 40.0,
        min_fill: float = 0.016,
        min_keypoints: int = 2,
        emptied_prob: float = 0.0,
    ) -> None:
        self.size = tuple(size)
        self.pictures = require_pictures(photographs) if photographs else []
        self.photograph_prob, self.extent = photograph_prob, tuple(extent)
        self.counts = np.array(count_weights) / np.sum(count_weights)
        self.scene_prob, self.near_prob, self.gain = scene_prob, near_prob, tuple(gain)
        self.min_visible, self.min_area, self.min_fill = min_visible, min_area, min_fill
        self.min_keypoints, self.emptied_prob = min_keypoints, emptied_prob

    def transform(self, results: dict) -> dict:
        """Ground first, then one layer after the other."""
        rng = worker_rng()
        width, height = self.size
        frame = sample_ground_picture(height, width, self.pictures, rng, self.photograph_prob)
        count = int(rng.choice(len(self.counts), p=self.counts))
        parts = [results, *results.get("companions", ())][:count]
        scene = bool(parts) and rng.random() < self.scene_prob
        labels: list[Label] = []
        first = None
        for number, part in enumerate(parts):
            whole = (scene and number == 0) or "layer_path" not in part
            pixels = (
                read_opaque(part["img_path"])
                if whole
                else read_premultiplied_layer(part["layer_path"])
            )
            if not whole:
                fade_border(pixels)
            matrix, center, length = self._place(part, pixels.shape[:2], whole, first, rng)
            first = first or (center, length)
            emptied = self.emptied_prob > 0 and rng.random() < self.emptied_prob
            if emptied and not whole and cut_out(pixels, part):
                part = {**part, "instances": []}
            cover = lay(frame, pixels, matrix, 1.0 if whole else rng.uniform(*self.gain))
            hide(labels, cover)
            labels += self._labels(part, matrix)
        results["img"] = frame
        results["img_shape"] = results["ori_shape"] = frame.shape[:2]
        self._write(results, labels)
        return results

    def _place(
        self,
        part: dict,
        shape: tuple[int, int],
        whole: bool,
        first: tuple[np.ndarray, float] | None,
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """(3, 3) from layer to frame, where its instrument lands, and how long it gets."""
        own, anchor = _reference(part, shape, rng)
        short = min(self.size)
        length = short * np.exp(rng.uniform(*np.log(self.extent)))
        center = rng.uniform(0.04, 0.96, 2) * self.size
        if first is not None and rng.random() < self.near_prob:
            length = np.clip(first[1] * rng.uniform(0.7, 1.4), short * self.extent[0], short)
            center = first[0] + rng.normal(0, 0.6, 2) * first[1]
        scale = np.clip(length / own, 0.03, 3.0)
        if whole:  # a picture that does not fill the frame would show its rectangle
            scale = max(scale, rng.uniform(0.6, 1.0) * max(self.size) / min(shape))
        angle = rng.uniform(0, 2 * np.pi)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        linear = scale * turn @ (np.eye(2) + rng.uniform(-0.1, 0.1, (2, 2)))
        if rng.random() < 0.5:
            linear = linear @ np.diag([-1.0, 1.0])
        matrix = np.eye(3)
        matrix[:2, :2], matrix[:2, 2] = linear, center - linear @ anchor
        return matrix, center, float(own * scale)

    def _labels(self, part: dict, matrix: np.ndarray) -> list[Label]:
        labels = []
        flip_indices = part.get("flip_indices", SURGICAL.union_flip_indices)
        scale = abs(np.linalg.det(matrix[:2, :2]))
        for instance in part["instances"]:
            box = warp_box(instance, matrix, self.size, 0.02)
            if box is None:
                continue
            outline = _warped(instance, matrix)
            x1, y1, x2, y2 = instance["bbox"]
            fewest = max(self.min_area / scale, self.min_fill * ((x2 - x1) ** 2 + (y2 - y1) ** 2))
            unclear = instance.get("visible_area", np.inf) < fewest
            visibility = instance["keypoints"][:, 2]
            if visibility.any():  # a category without keypoints has none to be seen
                unclear = unclear or (visibility == 2).sum() < self.min_keypoints
            labels.append(
                Label(
                    instance,
                    box,
                    warp_keypoints(instance["keypoints"], matrix, self.size, flip_indices),
                    outline,
                    unclear or bool(instance["ignore_flag"]),
                    ~_inside(outline, self.size),
                )
            )
        return labels

    def _write(self, results: dict, labels: list[Label]) -> None:
        unclear = [x.unclear or 1 - x.covered.mean() < self.min_visible for x in labels]
        boxes = np.array([label.box for label in labels], np.float32).reshape(-1, 4)
        results["gt_bboxes"] = HorizontalBoxes(boxes)
        results["gt_bboxes_labels"] = np.array(
            [label.instance["bbox_label"] for label in labels], np.int64
        )
        results["gt_ignore_flags"] = np.array(unclear, bool)
        slots = len(results.get("flip_indices", SURGICAL.union_flip_indices))
        keypoints = np.array([label.keypoints for label in labels], np.float32)
        results["gt_keypoints"] = keypoints.reshape(len(labels), slots, 3)


def hide(labels: list[Label], cover: np.ndarray) -> None:
    """Note which outline points now lie under a layer, and which keypoints are hidden."""
    height, width = cover.shape
    for label in labels:
        x, y = np.rint(label.outline).astype(int).T
        over = cover[y.clip(0, height - 1), x.clip(0, width - 1)] > SOLID
        label.covered |= over
        points = label.keypoints
        x, y = np.rint(points[:, :2]).astype(int).T
        over = cover[y.clip(0, height - 1), x.clip(0, width - 1)] > SOLID
        points[over & (points[:, 2] == 2), 2] = 1


def _reference(
    part: dict, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[float, np.ndarray]:
    """Length and middle, in layer pixels, of what decides size and place of a layer."""
    if part["instances"]:
        x1, y1, x2, y2 = part["instances"][rng.integers(len(part["instances"]))]["bbox"]
        return max(8.0, float(np.hypot(x2 - x1, y2 - y1))), np.array([x1 + x2, y1 + y2]) / 2
    return rng.uniform(0.4, 0.9) * min(shape), np.array(shape[::-1]) / 2


def _warped(instance: dict, matrix: np.ndarray) -> np.ndarray:
    """(M, 2) outline in the frame; the corners of the box stand in for a missing one."""
    points = instance["outline"]
    if not len(points):
        x1, y1, x2, y2 = instance["bbox"]
        points = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)
    return points @ matrix[:2, :2].T + matrix[:2, 2]


def _inside(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return ((points >= 0) & (points < np.array(size))).all(axis=1)
