"""The taxonomy that comes with the package: two instruments of open surgery."""

from surgtools.taxonomy.category import Category
from surgtools.taxonomy.layout import Taxonomy

SURGICAL = Taxonomy(
    "surgical_instruments",
    (
        Category(
            id=1,
            name="needle_holder",
            keypoints=("joint", "left_handle", "left_tip", "right_handle", "right_tip"),
            swaps=(("left_handle", "right_handle"), ("left_tip", "right_tip")),
            skeleton=(
                ("joint", "left_handle"),
                ("joint", "right_handle"),
                ("joint", "left_tip"),
                ("joint", "right_tip"),
            ),
            base=("left_handle", "right_handle"),
            tips=("left_tip", "right_tip"),
            image_sides=True,
        ),
        Category(
            id=2,
            name="tweezers",
            keypoints=("handle_end", "left_arm", "left_tip", "right_arm", "right_tip"),
            swaps=(("left_arm", "right_arm"), ("left_tip", "right_tip")),
            skeleton=(
                ("handle_end", "left_arm"),
                ("left_arm", "left_tip"),
                ("handle_end", "right_arm"),
                ("right_arm", "right_tip"),
            ),
            base=("handle_end",),
            tips=("left_tip", "right_tip"),
            image_sides=True,
        ),
    ),
)
"""Checkpoints, exports and predictions that name no taxonomy are of this one."""
