"""Write where an instrument's keypoints lie at every opening, for fits that know no generator.

The form is read by ``surgtools.spatial.instrument_model``.

Shapes: S openings, k keypoints in the category's own order.
"""

from pathlib import Path

import numpy as np

from data_gen.instruments.imported import load_model
from data_gen.instruments.model import InstrumentModel
from surgtools.errors import InputError
from surgtools.files import write_json
from surgtools.taxonomy import SURGICAL, Taxonomy

NUM_OPENINGS = 33
NUM_DRAWN = 24
"""Instruments of a family whose mean is written."""


def write_skeleton(model: str | Path, path: str | Path, taxonomy: Taxonomy = SURGICAL) -> str:
    """Write the keypoints of a model file over its openings.

    Of a family, whose measures are drawn, the mean of several instruments is written.

    Returns:
        One line that says what was written.

    Raises:
        InputError: as ``load_model``, or the model has no keypoints.
    """
    family = load_model(model, taxonomy)
    rng = np.random.default_rng(0)
    drawn = [family.draw(rng) for _ in range(NUM_DRAWN if hasattr(family, "ranges") else 1)]
    first, second = (_points(one) for one in (drawn[0], drawn[min(1, len(drawn) - 1)]))
    if np.array_equal(first, second):  # every measure is fixed
        drawn = drawn[:1]
    points = np.array([first, *(_points(one) for one in drawn[1:])])
    if not points.shape[2]:
        raise InputError(f"{model}: has no keypoints; a fit in space needs 4 or more")
    mean = points.mean(axis=0)
    spread = float(np.sqrt(((points - mean) ** 2).sum(axis=3).mean()))
    content = {
        "category": family.category.name,
        "keypoints": list(family.category.keypoints),
        "opening_rad": np.round(np.mean([_openings(one) for one in drawn], axis=0), 6).tolist(),
        "points_m": np.round(mean, 7).tolist(),
        "spread_m": round(spread, 7),
        "made_from": Path(model).name,
    }
    write_json(path, content)
    count = len(content["opening_rad"])
    text = f"wrote {path}: {len(content['keypoints'])} keypoints at {count} openings"
    if len(drawn) == 1:
        return text
    return f"{text}, mean of {len(drawn)} instruments that differ by {1000 * spread:.1f} mm"


def _openings(model: InstrumentModel) -> np.ndarray:
    """(S,) radians; one where nothing moves."""
    low, high = model.opening_range
    return np.linspace(low, high, NUM_OPENINGS) if high - low > 1e-4 else np.array([low])


def _points(model: InstrumentModel) -> np.ndarray:
    """(S, k, 3) meters."""
    return np.array([model.articulate(float(o)).keypoints for o in _openings(model)])
