"""Let a soft pseudo-label count as much as its teacher was sure of it."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.metainfo import slots_of


@TRANSFORMS.register_module()
class SoftLabelWeights(BaseTransform):
    """Multiply ``keypoint_weights`` (1, K) by the annotation's own ``keypoint_weights`` (k,).

    Stands after ``GenerateTarget``. Labels without weights, as those of the source set, count in
    full, so one pipeline serves both.
    """

    def transform(self, results: dict) -> dict:
        """The weights follow a flip, which the host's flip would not let them do."""
        annotation = results.get("raw_ann_info") or {}
        own = annotation.get("keypoint_weights")
        if own is None:
            return results
        weights = np.zeros_like(results["keypoint_weights"])
        weights[:, slots_of(annotation["category_id"])] = own
        if results.get("flip"):
            weights = weights[:, results["flip_indices"]]
        results["keypoint_weights"] = results["keypoint_weights"] * weights
        return results
