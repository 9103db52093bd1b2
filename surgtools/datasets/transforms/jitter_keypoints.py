"""Place keypoints as badly as a pose network does."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmpose.registry import TRANSFORMS

from surgtools.datasets.transforms.worker_rng import worker_rng


@TRANSFORMS.register_module()
class JitterKeypoints(BaseTransform):
    """Move every keypoint a little and forget some, for networks that read keypoints.

    Args:
        noise: standard deviation as a share of the instrument's size in the picture; a sample
            draws its own up to twice this.
        lost: chance of each keypoint to be taken for one that is not seen.
        least: so many stay.

    Required keys: ``keypoints`` (1, K, 2), ``keypoints_visible`` (1, K); both are changed.
    """

    def __init__(self, noise: float = 0.014, lost: float = 0.05, least: int = 3) -> None:
        self.noise, self.lost, self.least = noise, lost, least

    def transform(self, results: dict) -> dict:
        """The same sample with other keypoints."""
        rng = worker_rng()
        seen = np.flatnonzero(results["keypoints_visible"][0] > 0)
        keypoints, visible = results["keypoints"].copy(), results["keypoints_visible"].copy()
        size = float(np.hypot(*np.ptp(keypoints[0, seen], axis=0)))
        spread = rng.uniform(0, 2) * self.noise * size
        keypoints[0, seen] += rng.normal(0, spread, (len(seen), 2))
        lost = [i for i in rng.permutation(seen) if rng.random() < self.lost]
        visible[0, lost[: max(len(seen) - self.least, 0)]] = 0
        return results | {"keypoints": keypoints, "keypoints_visible": visible}
