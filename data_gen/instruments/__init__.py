"""Instruments as parametric meshes: two that are labelled, and the ones they are confused with.

rng = np.random.default_rng(0)
model = sample_instrument("tweezers", rng, {"length": (0.12, 0.15)})
posed = model.articulate(opening=0.2)
"""

from collections.abc import Callable, Mapping

import numpy as np

from data_gen.instruments.bars import sample_bar
from data_gen.instruments.clamp import sample_clamp
from data_gen.instruments.hand import Hand, hold, sample_hand
from data_gen.instruments.model import Articulated, InstrumentModel, Part
from data_gen.instruments.needle_holder import sample_needle_holder
from data_gen.instruments.scalpel import sample_scalpel
from data_gen.instruments.scissors import sample_scissors
from data_gen.instruments.tweezers import sample_tweezers
from surgtools.errors import InputError

__all__ = [
    "KINDS",
    "Articulated",
    "Hand",
    "InstrumentModel",
    "Part",
    "hold",
    "sample_hand",
    "sample_instrument",
]

KINDS: dict[str, Callable[[np.random.Generator, Mapping | None], InstrumentModel]] = {
    "needle_holder": sample_needle_holder,
    "tweezers": sample_tweezers,
    "scissors": sample_scissors,
    "clamp": sample_clamp,
    "scalpel": sample_scalpel,
    "bar": sample_bar,
}
"""Kind to the function that draws one. Labelled kinds carry the name of their category."""


def sample_instrument(
    kind: str, rng: np.random.Generator, ranges: Mapping | None = None
) -> InstrumentModel:
    """Draw one instrument.

    Args:
        kind: key of ``KINDS``.
        ranges: narrower or wider ranges by parameter name, see ``shape.sample_shape``.

    Raises:
        InputError: unknown kind or bad ranges.
    """
    if kind not in KINDS:
        raise InputError(f"instrument kind {kind!r} is unknown; use one of {', '.join(KINDS)}")
    return KINDS[kind](rng, ranges)
