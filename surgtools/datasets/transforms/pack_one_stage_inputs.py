"""Pack whole pictures with boxes and keypoints."""

from mmdet.datasets.transforms import PackDetInputs
from mmdet.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PackOneStageInputs(PackDetInputs):
    """The host's that packs ``keypoints`` (N, K, 3) and ``keypoint_weights`` (N, K), too.

    And ``keypoints_3d`` (N, K, 4), meters in the frame of the camera and whether they are known.
    """

    mapping_table = PackDetInputs.mapping_table | {
        "gt_keypoints": "keypoints",
        "gt_keypoint_weights": "keypoint_weights",
        "gt_keypoints_3d": "keypoints_3d",
    }
