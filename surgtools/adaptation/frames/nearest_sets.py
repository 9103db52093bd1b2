"""Which of several sets of pictures looks most like the frames of a target.

Shapes: N pictures of a set, D numbers that describe one picture.
"""

from collections.abc import Iterable, Mapping
from itertools import combinations

import cv2
import numpy as np

_SIDE = 64
_DARK, _BRIGHT = 25, 230


def picture_statistics(pictures: Iterable[np.ndarray]) -> np.ndarray:
    """(N, D) numbers about the light, the colors and the detail of pictures.

    Args:
        pictures: (H, W, 3) BGR uint8 each, of any size.

    Returns:
        Means and deviations of Lab colors, shares of dark and bright pixels, and how much changes
        from pixel to pixel. Where things lie does not count.
    """
    rows = []
    for picture in pictures:
        small = cv2.resize(picture, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(small, cv2.COLOR_BGR2LAB).reshape(-1, 3).astype(float)
        light = lab[:, 0]
        change = cv2.Laplacian(small, cv2.CV_32F)
        rows.append(
            [
                *lab.mean(axis=0),
                *lab.std(axis=0),
                (light < _DARK).mean(),
                (light > _BRIGHT).mean(),
                np.abs(change).mean(),
            ]
        )
    return np.array(rows, float).reshape(-1, 9)


def nearest_sets(target: np.ndarray, sets: Mapping[str, np.ndarray], count: int) -> list[str]:
    """The sets that together look most like a target.

    Args:
        target: (N, D) of ``picture_statistics``.
        sets: name to (M, D).
        count: how many are chosen.

    Returns:
        Names in order of the alphabet: those with which the mean distance from a frame of the
        target to its nearest picture is smallest.
    """
    scale = np.concatenate([target, *sets.values()]).std(axis=0)
    scale[scale == 0] = 1
    gaps = {
        name: np.linalg.norm((target[:, None] - own[None]) / scale, axis=2).min(axis=1)
        for name, own in sets.items()
    }
    choices = combinations(sorted(sets), min(count, len(sets)))
    return list(min(choices, key=lambda names: np.min([gaps[n] for n in names], axis=0).mean()))
