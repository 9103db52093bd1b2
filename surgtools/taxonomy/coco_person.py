"""The person of COCO: 17 keypoints, with the sigmas that COCO and MMPose score them by."""

from surgtools.taxonomy.category import Category
from surgtools.taxonomy.layout import Taxonomy

COCO_PERSON = Taxonomy(
    "coco_person",
    (
        Category(
            id=1,
            name="person",
            keypoints=(
                "nose",
                "left_eye",
                "right_eye",
                "left_ear",
                "right_ear",
                "left_shoulder",
                "right_shoulder",
                "left_elbow",
                "right_elbow",
                "left_wrist",
                "right_wrist",
                "left_hip",
                "right_hip",
                "left_knee",
                "right_knee",
                "left_ankle",
                "right_ankle",
            ),
            swaps=(
                ("left_eye", "right_eye"),
                ("left_ear", "right_ear"),
                ("left_shoulder", "right_shoulder"),
                ("left_elbow", "right_elbow"),
                ("left_wrist", "right_wrist"),
                ("left_hip", "right_hip"),
                ("left_knee", "right_knee"),
                ("left_ankle", "right_ankle"),
            ),
            skeleton=(
                ("left_ankle", "left_knee"),
                ("left_knee", "left_hip"),
                ("right_ankle", "right_knee"),
                ("right_knee", "right_hip"),
                ("left_hip", "right_hip"),
                ("left_shoulder", "left_hip"),
                ("right_shoulder", "right_hip"),
                ("left_shoulder", "right_shoulder"),
                ("left_shoulder", "left_elbow"),
                ("right_shoulder", "right_elbow"),
                ("left_elbow", "left_wrist"),
                ("right_elbow", "right_wrist"),
                ("left_eye", "right_eye"),
                ("nose", "left_eye"),
                ("nose", "right_eye"),
                ("left_eye", "left_ear"),
                ("right_eye", "right_ear"),
                ("left_ear", "left_shoulder"),
                ("right_ear", "right_shoulder"),
            ),
            sigmas=(
                0.026,  # nose
                0.025,  # left_eye
                0.025,  # right_eye
                0.035,  # left_ear
                0.035,  # right_ear
                0.079,  # left_shoulder
                0.079,  # right_shoulder
                0.072,  # left_elbow
                0.072,  # right_elbow
                0.062,  # left_wrist
                0.062,  # right_wrist
                0.107,  # left_hip
                0.107,  # right_hip
                0.087,  # left_knee
                0.087,  # right_knee
                0.089,  # left_ankle
                0.089,  # right_ankle
            ),
            supercategory="person",
        ),
    ),
)
"""Sides belong to the body: a left hand is the person's left hand, wherever it is seen.

Source: Lin et al., Microsoft COCO, keypoint evaluation; mmpose configs/_base_/datasets/coco.py.
"""
