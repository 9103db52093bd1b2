"""Pack whole pictures with boxes and keypoints."""

from mmdet.datasets.transforms import PackDetInputs
from mmdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PackOneStageInputs(PackDetInputs):
    """The host's that packs ``keypoints`` (N, K, 3) and ``keypoint_weights`` (N, K), too."""

    mapping_table = PackDetInputs.mapping_table | {
        "gt_keypoints": "keypoints",
        "gt_keypoint_weights": "keypoint_weights",
    }
