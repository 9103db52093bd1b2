"""Read and write the run-length masks of annotations, and name those that do not fit their size.

Shapes: (H, W) as ``size`` says, 1 inside.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgtools.errors import InputError


def decode_mask(annotation: Mapping[str, Any]) -> np.ndarray:
    """The mask (H, W) uint8 of an annotation whose ``segmentation`` is run-length coded.

    Args:
        annotation: its ``segmentation`` has ``size`` and ``counts``, compressed or not.

    Raises:
        InputError: the counts are none, or are not those of ``size``.
    """
    from pycocotools import mask as rle

    segmentation = annotation["segmentation"]
    try:
        height, width = segmentation["size"]
        if isinstance(segmentation["counts"], list):
            segmentation = rle.frPyObjects(segmentation, height, width)
        if _num_pixels(segmentation["counts"]) != height * width:
            raise ValueError
        return rle.decode(segmentation)
    except (OverflowError, TypeError, ValueError, MemoryError) as error:
        raise InputError(
            f"annotation {annotation.get('id')}: the counts of its segmentation are not those of "
            f"a mask of size {annotation['segmentation'].get('size')}; export it again or leave "
            "it out"
        ) from error


def encode_mask(mask: np.ndarray) -> dict[str, Any]:
    """``segmentation`` of a mask (H, W), nonzero inside, as COCO writes it in JSON."""
    from pycocotools import mask as rle

    encoded = rle.encode(np.asfortranarray((mask > 0).astype(np.uint8)))
    return {"size": [int(n) for n in encoded["size"]], "counts": encoded["counts"].decode("ascii")}


def _num_pixels(counts: str | bytes) -> int:
    """How many pixels compressed counts cover.

    Source: ``rleFrString`` in pycocotools' maskApi.c: groups of 5 bits, the lowest first, bit 6
    says that another follows; from the fourth run on the difference to the last but one stands.
    """
    data = counts.encode() if isinstance(counts, str) else counts
    runs: list[int] = []
    value = shift = 0
    for byte in data:
        byte -= 48
        if not 0 <= byte < 64:
            raise ValueError("no compressed counts")
        value |= (byte & 31) << shift
        shift += 5
        if byte & 32:
            continue
        if byte & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift or any(run < 0 for run in runs):
        raise ValueError("no compressed counts")
    return sum(runs)
