"""Horizontal flip that takes every per-keypoint array along."""

from mmpose.datasets.transforms import RandomFlip
from mmpose.registry import TRANSFORMS


@TRANSFORMS.register_module()
class InstrumentFlip(RandomFlip):
    """The host's ``RandomFlip``, which permutes ``keypoints`` and ``keypoints_visible`` only.

    ``keypoints_visibility`` (v in 0, 1, 2) would keep the old order. By the image-side rule a
    mirrored picture swaps left and right exactly, so the permutation is the whole truth.
    """

    def transform(self, results: dict) -> dict:
        """Flip, then permute what the host leaves."""
        results = super().transform(results)
        if results["flip"]:
            order = results["flip_indices"]
            results["keypoints_visibility"] = results["keypoints_visibility"][..., order]
        return results
