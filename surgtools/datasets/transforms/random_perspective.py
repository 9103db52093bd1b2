"""Crop an instrument as the host does, some crops seen aslant, for the pose networks.

Shapes: N instances, K slots of the union. Matrices (3, 3) act on pixels (x, y, 1).
"""

from collections.abc import Sequence

import cv2
import numpy as np
from mmpose.datasets.transforms import TopdownAffine
from mmpose.registry import TRANSFORMS
from mmpose.structures.bbox import get_udp_warp_matrix, get_warp_matrix

from surgtools.datasets.transforms.worker_rng import worker_rng
from surgtools.errors import InputError


@TRANSFORMS.register_module()
class RandomPerspective(TopdownAffine):
    """The host's ``TopdownAffine``, in training pipelines, with a perspective in the same warp.

    One warp from the picture and not a second one of the crop: that would smooth twice, and move
    in black edges where the picture goes on, with keypoints on them. Outside the picture is 0,
    alpha too. Keypoints that leave the crop keep their place outside and weigh nothing in the
    codecs. ``input_center`` and ``input_scale`` are those before the perspective.

    Args:
        input_size: (width, height) of the crop.
        use_udp: see the host's transform.
        prob: share of crops with a perspective; the others are the host's.
        strength: largest displacement of a corner, as a share of the crop's side.

    Raises:
        InputError: ``strength`` could fold the crop over.
    """

    def __init__(
        self,
        input_size: Sequence[int],
        use_udp: bool = False,
        prob: float = 0.5,
        strength: float = 0.08,
    ) -> None:
        super().__init__(tuple(input_size), use_udp)
        if not 0 <= strength < 0.25:
            raise InputError(f"strength {strength} given; from 0 to below 0.25 expected")
        self.prob, self.strength = prob, strength

    def transform(self, results: dict) -> dict:
        """Crop as the host, then replace pixels and keypoints."""
        rng = worker_rng()
        picture = results["img"]
        results = super().transform(results)
        if rng.random() < self.prob:
            perspective = sample_perspective(self.input_size, self.strength, rng)
            results["img"] = cv2.warpPerspective(
                picture, perspective @ self._crop_matrix(results), self.input_size
            )
            results["transformed_keypoints"] = cv2.perspectiveTransform(
                results["transformed_keypoints"], perspective
            )
        return results

    def _crop_matrix(self, results: dict) -> np.ndarray:
        """(3, 3) from picture to crop, which the host does not keep."""
        turn = results["bbox_rotation"][0] if "bbox_rotation" in results else 0.0
        make = get_udp_warp_matrix if self.use_udp else get_warp_matrix
        crop = make(results["input_center"], results["input_scale"], turn, self.input_size)
        return np.vstack([crop, [0, 0, 1]])


def sample_perspective(
    size: tuple[int, int], strength: float, rng: np.random.Generator
) -> np.ndarray:
    """(3, 3) that moves each corner of a crop (width, height) by up to ``strength`` of its side.

    Below 0.25 any four such corners are those of a convex quadrilateral, in the same order.

    Source: torchvision.transforms.v2 RandomPerspective, whose corners move inwards only.
    """
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * np.float32(size)
    moved = corners + rng.uniform(-strength, strength, (4, 2)) * size
    return cv2.getPerspectiveTransform(corners, moved.astype(np.float32))
