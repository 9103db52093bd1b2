"""The built-in instruments and their union layout under short names.

On disk every category has its own keypoints (COCO). In memory all categories share one *union*
layout of K slots. A ``Taxonomy`` translates between the two; everything here is of the built-in
one.

Shapes: N instances, k keypoints of one category, K slots of the union.
"""

import numpy as np

from surgtools.taxonomy import SURGICAL, Category
from surgtools.taxonomy.category import DEFAULT_SIGMA  # noqa: F401

INSTRUMENTS: tuple[Category, ...] = SURGICAL.categories

CLASSES: tuple[str, ...] = SURGICAL.classes
"""Category names in label order: label 0 is ``CLASSES[0]``."""

UNION_KEYPOINTS: tuple[str, ...] = SURGICAL.union_keypoints
"""Slot names; the prefix keeps them unique, which the host's flip table needs."""

NUM_SLOTS: int = SURGICAL.num_slots

METAINFO: dict = SURGICAL.to_metainfo()
"""For the host: ``dataset=dict(metainfo=METAINFO)``."""

slots_of = SURGICAL.slots_of
to_union = SURGICAL.to_union
from_union = SURGICAL.from_union


def side_offsets(keypoints: np.ndarray, category_id: int) -> np.ndarray:
    """See ``Category.side_offsets``."""
    return SURGICAL.get(category_id).side_offsets(keypoints)


def order_sides(keypoints: np.ndarray, category_id: int) -> np.ndarray:
    """See ``Category.order_sides``."""
    return SURGICAL.get(category_id).order_sides(keypoints)


def union_flip_indices() -> list[int]:
    """(K,) permutation of slots that a horizontal flip applies."""
    return SURGICAL.union_flip_indices
