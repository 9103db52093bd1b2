"""Measure whether an instrument jumps along its track through the frames of one clip.

Shapes: N instances over all frames, K slots of the union layout (foreign slots are NaN).
"""

import numpy as np

from surgtools.prediction.views import match_instances

LINK_LIMIT = 0.5
"""Farthest step, as a share of the box diagonal, at which two frames' instances are linked."""


def link_tracks(
    clips: np.ndarray,
    frames: np.ndarray,
    keypoints: np.ndarray,
    sizes: np.ndarray,
) -> np.ndarray:
    """The same instrument in the frame before.

    Args:
        clips: (N,) id of the clip; unrelated pictures have a clip each.
        frames: (N,) number of the frame within the clip, in sampled frames: neighbors differ
            by 1.
        keypoints: (N, K, 2) union keypoints, pixels.
        sizes: (N,) box diagonals, pixels.

    Returns:
        (N,) index of the instance it continues, -1 where there is none.
    """
    clips, frames = np.asarray(clips), np.asarray(frames)
    keypoints, sizes = np.asarray(keypoints, dtype=float), np.asarray(sizes, dtype=float)
    previous = np.full(len(clips), -1)
    where: dict[tuple, list[int]] = {}
    for index, key in enumerate(zip(clips.tolist(), frames.tolist(), strict=True)):
        where.setdefault(key, []).append(index)
    for (clip, frame), now in where.items():
        before = where.get((clip, frame - 1), [])
        partner = match_instances(keypoints[now], keypoints[before], sizes[now], LINK_LIMIT)
        for index, match in zip(now, partner, strict=True):
            if match >= 0:
                previous[index] = before[match]
    return previous


def temporal_jump(previous: np.ndarray, keypoints: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """How much an instance sticks out of its neighbors in time.

    A moving instrument is where the mean of the frames before and after expects it; a keypoint
    that jumps for one frame is not. Speed itself is no fault.

    Args:
        previous: (N,) from ``link_tracks``.
        keypoints: (N, K, 2) union keypoints, pixels.
        sizes: (N,) box diagonals, pixels.

    Returns:
        (N,) largest keypoint distance from the middle of both neighbors, as a share of the
        size; NaN for an instance that lacks one of them.
    """
    keypoints = np.asarray(keypoints, dtype=float)
    jump = np.full(len(keypoints), np.nan)
    following = np.full(len(keypoints), -1)
    linked = np.nonzero(previous >= 0)[0]
    following[previous[linked]] = linked
    inner = np.nonzero((previous >= 0) & (following >= 0))[0]
    if len(inner) == 0:
        return jump
    middle = (keypoints[previous[inner]] + keypoints[following[inner]]) / 2
    distance = np.nanmax(np.linalg.norm(keypoints[inner] - middle, axis=-1), axis=-1)
    jump[inner] = distance / np.asarray(sizes, dtype=float)[inner]
    return jump
