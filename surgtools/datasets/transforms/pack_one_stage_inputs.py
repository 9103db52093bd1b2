"""Pack whole pictures with boxes and keypoints."""

from mmdet.datasets.transforms import PackDetInputs
from mmdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PackOneStageInputs(PackDetInputs):
    """``PackDetInputs`` that also packs ``gt_keypoints`` (N, K, 3), as ``keypoints``."""

    mapping_table = PackDetInputs.mapping_table | {"gt_keypoints": "keypoints"}
