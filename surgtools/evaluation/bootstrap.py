"""Confidence intervals by drawing whole videos or scenes again, with replacement.

Frames of one video look alike; drawing single frames would make every interval too narrow.

Shapes: I images, B bootstrap samples.
"""

from collections.abc import Mapping, Sequence

import numpy as np

GROUP_FIELDS = ("video_id", "scene_id", "scene")
"""Fields of ``images[]`` that say which images belong together, first one present wins."""


def group_images(images: Sequence[Mapping]) -> tuple[list, str]:
    """The group of each image and the field it came from.

    Returns:
        I group keys and the name of the field; ``"image"`` when no field of ``GROUP_FIELDS`` is
        set on any image, and then each image is its own group.
    """
    for field in GROUP_FIELDS:
        if any(image.get(field) is not None for image in images):
            keys = [(field, image.get(field)) for image in images]
            return [
                key if key[1] is not None else ("image", image["id"])
                for key, image in zip(keys, images, strict=True)
            ], field
    return [("image", image["id"]) for image in images], "image"


def sample_weights(groups: Sequence, samples: int, rng: np.random.Generator) -> np.ndarray:
    """How often each image is drawn: (B, I), groups drawn whole with replacement."""
    keys = list(dict.fromkeys(groups))
    position = {key: index for index, key in enumerate(keys)}
    of_image = np.array([position[key] for key in groups], dtype=int)
    if not len(keys):
        return np.zeros((samples, 0), dtype=int)
    counts = rng.multinomial(len(keys), np.full(len(keys), 1 / len(keys)), size=samples)
    return counts[:, of_image]


def percentile_interval(values: np.ndarray, level: float = 0.95) -> list[float] | None:
    """``[low, high]`` of (B,) values of a statistic.

    NaN marks samples in which it was not defined; ``None`` with fewer than two defined values.
    """
    values = np.asarray(values, dtype=float)
    values = values[np.isfinite(values)]
    if len(values) < 2:
        return None
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return [float(low), float(high)]


def mean_defined(samples: np.ndarray) -> np.ndarray:
    """(C, B) per-category values to the (B,) mean of those that are defined, NaN for none."""
    defined = np.isfinite(samples)
    total = np.where(defined, samples, 0).sum(axis=0)
    count = defined.sum(axis=0)
    return np.where(count, total / np.maximum(count, 1), np.nan)
