"""Turn placed keypoints into numbers that do not depend on where and how large things are.

Shapes: T frames, P places, V keypoints of all places, C = ``KEYPOINT_FEATURES`` per keypoint,
G further features of a frame. Times are seconds, lengths are those of the instrument itself.
NaN stands where nothing was seen; the network puts the mean of the training there.
"""

import warnings
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from surgtools.gestures.places import PlacedVideo, place, slices_of
from surgtools.gestures.seen_videos import SeenVideo
from surgtools.spatial.flat_measures import gap_per_length
from surgtools.taxonomy import Category, Taxonomy

KEYPOINT_FEATURES = 6
"""x and y from the instrument's center, their velocity, score, probability to be visible."""
PLACE_FEATURES = 9
"""Seen or not, box score, opening and its velocity, velocity and speed, turning, length."""
PAIR_FEATURES = 5
"""Both seen or not, distance of the tips and its velocity, offset of the centers."""


def num_frame_features(num_places: int) -> int:
    """G for a number of places."""
    return PLACE_FEATURES * num_places + PAIR_FEATURES * (num_places * (num_places - 1) // 2)


def to_features(
    video: SeenVideo, places: Sequence[str], taxonomy: Taxonomy, frame_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Features of a video at a regular frame rate.

    Args:
        places: see ``choose_places``.
        frame_rate: frames a second that the features shall have.

    Returns:
        (T, V, C) of keypoints and (T, G) of frames, float32; T as ``video.moments`` has it.
    """
    placed = _at(place(video, places, taxonomy), video.moments(frame_rate))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of what was never seen
        return _features(placed, slices_of(places, taxonomy), frame_rate)


def _features(
    placed: PlacedVideo, parts: list[tuple[Category, slice]], frame_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    of_keypoints, of_frames, looks = [], [], []
    for p, (category, part) in enumerate(parts):
        seen = np.isfinite(placed.box_scores[:, p])
        points = placed.keypoints[:, part]
        center, length = _center_and_length(points, placed.boxes[:, p])
        usual = np.nanmedian(length) if seen.any() else np.nan
        track = placed.tracks[:, p]
        own = (points - center[:, None]) / length[:, None, None]
        speed = _velocity(own, frame_rate, track)
        rest = [placed.scores[:, part], placed.visible[:, part]]
        of_keypoints.append(
            np.stack([own[..., 0], own[..., 1], *np.moveaxis(speed, -1, 0), *rest], -1)
        )
        opening = np.array([_opening(category, row) for row in points])
        moved = _velocity(center / usual, frame_rate, track)
        columns = [
            np.where(seen, 1.0, 0.0), np.where(seen, placed.box_scores[:, p], 0.0),
            opening, _velocity(opening, frame_rate, track), moved[:, 0], moved[:, 1],
            np.hypot(moved[:, 0], moved[:, 1]),
            _turning(category, points, frame_rate, track), np.log(length / usual),
        ]  # fmt: skip
        of_frames.append(np.stack(columns, -1))
        looks.append((seen, _tips(category, points, center), center, usual))
    for one, other in combinations(looks, 2):
        of_frames.append(_between(one, other, frame_rate))
    count = len(placed.box_scores)
    empty = [np.zeros((count, 0, KEYPOINT_FEATURES))], [np.zeros((count, 0))]
    return (
        np.concatenate(of_keypoints or empty[0], 1).astype(np.float32),
        np.concatenate(of_frames or empty[1], 1).astype(np.float32),
    )


def _at(placed: PlacedVideo, index: np.ndarray) -> PlacedVideo:
    return PlacedVideo(**{name: values[index] for name, values in vars(placed).items()})


def _center_and_length(points: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(T, 2) mean of the keypoints and (T,) largest distance of two; of the box with fewer."""
    box_center = (boxes[:, :2] + boxes[:, 2:]) / 2
    box_length = np.maximum(np.hypot(*(boxes[:, 2:] - boxes[:, :2]).T), 1.0)
    if points.shape[1] < 2:
        return box_center, box_length
    apart = np.linalg.norm(points[:, :, None] - points[:, None], axis=-1)
    return points.mean(1), np.maximum(apart.max((1, 2)), 1.0)


def _velocity(values: np.ndarray, frame_rate: float, tracks: np.ndarray) -> np.ndarray:
    """Central differences per second, NaN at the ends, across two tracks and where not seen."""
    speed = np.full_like(values, np.nan)
    if len(values) > 2:
        speed[1:-1] = (values[2:] - values[:-2]) * (frame_rate / 2)
        speed[1:-1][tracks[2:] != tracks[:-2]] = np.nan
        speed[np.isnan(values)] = np.nan
    return speed


def _opening(category: Category, points: np.ndarray) -> float:
    gap = gap_per_length(category, points) if np.isfinite(points).all() else None
    return np.nan if gap is None else gap


def _turning(
    category: Category, points: np.ndarray, frame_rate: float, tracks: np.ndarray
) -> np.ndarray:
    """(T,) how fast the axis turns in the picture, radians a second."""
    if not category.has_axis:
        return np.full(len(points), np.nan)
    base, tips = category.axis_ends(points)
    angle = np.arctan2(*(tips - base).T[::-1])
    steps = np.diff(angle, append=np.nan)
    steps = (steps + np.pi) % (2 * np.pi) - np.pi
    steps[:-1][tracks[1:] != tracks[:-1]] = np.nan
    return steps * frame_rate


def _tips(category: Category, points: np.ndarray, center: np.ndarray) -> np.ndarray:
    """(T, n, 2) the tips, all keypoints where no tip is known, the center of a mere box."""
    if category.tips:
        return points[:, [category.index(name) for name in category.tips]]
    return points if points.shape[1] else center[:, None]


def _between(one: tuple, other: tuple, frame_rate: float) -> np.ndarray:
    """(T, 5) features of a pair of places."""
    (seen_a, tips_a, center_a, usual_a), (seen_b, tips_b, center_b, usual_b) = one, other
    unit = (usual_a + usual_b) / 2
    both = seen_a & seen_b
    apart = np.linalg.norm(tips_a[:, :, None] - tips_b[:, None], axis=-1).min((1, 2)) / unit
    offset = (center_b - center_a) / unit
    velocity = _velocity(apart, frame_rate, np.where(both, 1, 0))
    return np.stack([np.where(both, 1.0, 0.0), apart, velocity, offset[:, 0], offset[:, 1]], -1)
