"""Weigh pseudo-labels in training by what their teacher can know."""

import numpy as np
from mmcv.transforms import BaseTransform
from mmengine.registry import TRANSFORMS

from surgtools.taxonomy.in_configs import to_taxonomy


@TRANSFORMS.register_module()
class PseudoLabelTrust(BaseTransform):
    """Weigh the keypoints of a pseudo-label, and have it say nothing of presence.

    ``keypoint_weights`` (1, K) are multiplied by the annotation's own ``keypoint_weights`` (k,)
    where it has some, as soft labels do. ``presence_labels`` (1, C) become NaN: unlabelled
    pictures hold instruments and no known look-alike of one, so a network asked there would
    learn to answer yes to whatever looks like the target.

    Stands after ``GenerateTarget``. Annotations without a ``score`` are those of the source and
    count in full, so one pipeline serves both.

    Args:
        taxonomy: values of ``Taxonomy.to_dict``; None is the built-in one.
    """

    def __init__(self, taxonomy: dict | None = None) -> None:
        self.taxonomy = to_taxonomy(taxonomy)

    def transform(self, results: dict) -> dict:
        """The weights follow a flip, which the host's flip would not let them do."""
        annotation = results.get("raw_ann_info") or {}
        if "score" not in annotation:
            return results
        results["presence_labels"] = np.full_like(results["presence_labels"], np.nan)
        own = annotation.get("keypoint_weights")
        if own is None:
            return results
        weights = np.zeros_like(results["keypoint_weights"])
        weights[:, self.taxonomy.slots_of(annotation["category_id"])] = own
        if results.get("flip"):
            weights = weights[:, results["flip_indices"]]
        results["keypoint_weights"] = results["keypoint_weights"] * weights
        return results
