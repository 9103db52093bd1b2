"""The measures of tweezers, and the ranges they are drawn from.

Patterns: Adson (wide grip, sudden taper), dressing (even taper), toothed (1x2), DeBakey (long,
slim, fine tips), stepped (thick slender arms that end in a thin rod).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from data_gen.instruments.shape import chance, one_of, sample_shape, within


@dataclass(frozen=True)
class TweezersShape:
    """The measures that differ from tweezers to tweezers; meters and radians.

    Shares are of the length, counted from the handle end.
    """

    pattern: str = one_of("dressing", "dressing", "toothed", "adson", "debakey", "stepped")
    length: float = within(0.100, 0.250)
    butt_width: float = within(0.0085, 0.0125)
    waist_width: float = within(0.92, 1.0)  # of the butt's, between butt and grip
    grip_width: float = within(1.0, 1.25)  # of the butt's
    tip_width: float = within(0.0014, 0.0032)
    strip: float = within(0.0010, 0.0018)  # thickness of the spring part
    body: float = within(1.1, 2.1)  # thickness of the grip, in strips
    tip_thickness: float = within(0.0010, 0.0020)
    butt_share: float = within(0.025, 0.075)  # where the arms are joined
    shoulder_share: float = within(0.16, 0.28)  # step from spring to body
    shoulder_step: bool = chance(0.7)
    grip_start: float = within(0.30, 0.38)
    grip_length: float = within(0.14, 0.26)
    neck_share: float = within(0.70, 0.84)  # where the taper turns into the slim tip
    neck_width: float = within(0.36, 0.62)  # of the grip's
    ridges: int = within(9, 17)
    ridge_height: float = within(0.0003, 0.0008)
    ridge_duty: float = within(0.45, 0.70)  # raised part of the pitch
    grooves_dark: bool = chance(0.6)  # dirt and shadow settle between the ridges
    grip: str = one_of("ridges", "ridges", "ridges", "fluted", "smooth")
    roundness: float = within(0.18, 0.55)
    butt_round: float = within(0.6, 1.0)  # rounding of the handle end, in half widths
    bow: float = within(0.0, 0.085)  # outward swing of the arms, radians
    bow_share: float = within(0.45, 0.70)  # where the arms turn back inwards
    tip_bend: float = within(0.0, 0.5)  # inward turn of the last fifth, in bows
    serrated: bool = chance(0.6)  # dark cross-cut inner face at the tips
    serration_share: float = within(0.05, 0.12)
    guide_pin: bool = chance(0.2)
    edge_lean: float = within(-0.5, 0.5)  # roll when lying on an edge; hardly any lies upright
    widest: float = within(0.15, 0.36)  # largest opening


_PATTERNS = {
    "adson": {"length": (0.100, 0.150), "neck_share": (0.56, 0.62), "neck_width": (0.20, 0.34)},
    "debakey": {"length": (0.150, 0.250), "tip_width": (0.0014, 0.0022)},
    "stepped": {
        "length": (0.140, 0.210),
        "tip_width": (0.0014, 0.0022),
        "body": (1.6, 2.8),
        "neck_share": (0.68, 0.80),
        "neck_width": (0.5, 0.75),
        "bow": (0.0, 0.03),
        "guide_pin": 0.7,
        "widest": (0.24, 0.40),
    },
}


def sample_tweezers_shape(
    rng: np.random.Generator, ranges: Mapping | None = None
) -> TweezersShape:
    """Draw a pattern, then a shape within the pattern's own ranges."""
    pattern = sample_shape(TweezersShape, rng, ranges).pattern
    narrowed = {**_PATTERNS.get(pattern, {}), **(ranges or {}), "pattern": pattern}
    return sample_shape(TweezersShape, rng, narrowed)
