"""Keep a pose network to the slots of the category that the detector found."""

from collections.abc import Sequence

import numpy as np
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from surgtools.taxonomy import Taxonomy


def keep_own_slots(
    predictions: Sequence[InstanceData], samples: Sequence[PoseDataSample], taxonomy: Taxonomy
) -> list[InstanceData]:
    """Zero what was predicted in slots of other categories.

    Args:
        predictions: with ``keypoints`` (N, K, 2), ``keypoint_scores`` (N, K) and
            ``keypoints_visible`` (N, K); perhaps ``presence`` (N, C).
        samples: whose ``category_id`` says what each box holds.
        taxonomy: of the network; says which slots and which presence belong to the category.

    Returns:
        New predictions; foreign slots are 0 in every field, and ``presence`` (N,) is that of the
        box's category.
    """
    return [
        _mask(prediction, int(sample.metainfo["category_id"]), taxonomy)
        for prediction, sample in zip(predictions, samples, strict=True)
    ]


def _mask(prediction: InstanceData, category_id: int, taxonomy: Taxonomy) -> InstanceData:
    kept = InstanceData()
    own = taxonomy.slots_of(category_id)
    for name, values in prediction.items():
        if name == "presence":
            kept.set_field(values[:, taxonomy.label_of(category_id)], name)
            continue
        masked = np.zeros_like(values)
        masked[:, own] = values[:, own]
        kept.set_field(masked, name)
    return kept
