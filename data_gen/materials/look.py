"""How one instrument's surface looks, drawn once per instrument so that its parts match."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from data_gen.instruments.shape import chance, one_of, sample_shape, within

GLOVES: dict[str, tuple[float, float, float]] = {
    "latex": (0.80, 0.66, 0.45),
    "beige": (0.70, 0.50, 0.34),
    "brown": (0.42, 0.25, 0.14),
    "white": (0.82, 0.80, 0.76),
    "indigo": (0.03, 0.04, 0.30),
    "blue": (0.06, 0.16, 0.52),
    "light blue": (0.10, 0.40, 0.72),
    "green": (0.16, 0.45, 0.35),
    "violet": (0.28, 0.20, 0.55),
}
"""Linear colors of rubber gloves."""

GOWNS: dict[str, tuple[float, float, float]] = {
    "navy": (0.012, 0.035, 0.11),
    "blue": (0.04, 0.13, 0.32),
    "steel": (0.14, 0.24, 0.42),
    "teal": (0.05, 0.28, 0.32),
    "green": (0.05, 0.24, 0.16),
}
"""Linear colors of gowns."""


@dataclass(frozen=True)
class Look:
    """Surface numbers; lengths in meters, colors as linear values in [0, 1]."""

    finish: str = one_of("satin", "satin", "brushed", "polished", "worn")
    steel_tone: float = within(0.14, 0.52)  # brightness of the metal's reflection
    steel_warmth: float = within(-0.05, 0.07)  # towards yellow, or blue below 0
    roughness: float = within(0.15, 0.42)
    anisotropy: float = within(0.0, 0.6)
    scratches: float = within(0.0, 0.06)  # strength of the micro scratches' bump
    scratch_pitch: float = within(0.0001, 0.0004)
    scratch_stretch: float = within(8.0, 40.0)
    across: bool = chance(0.3)  # brushed across the instrument instead of along it
    smudges: float = within(0.0, 0.22)  # roughness added by finger marks
    smudge_size: float = within(0.004, 0.020)
    tarnish: float = within(0.0, 0.40)  # darkening in patches
    tarnish_size: float = within(0.010, 0.050)
    gold_tone: float = within(0.42, 0.85)
    gold_depth: float = within(0.35, 0.75)  # saturation of the gilding
    insert_tone: float = within(0.03, 0.22)
    hatch_pitch: float = within(0.0004, 0.0009)
    seed: float = within(0.0, 100.0)  # where in the noise this instrument lies
    glove: str = one_of(*GLOVES)
    gown: str = one_of(*GOWNS)
    cloth_tone: float = within(0.6, 1.15)  # brightness of gloves and cloth
    skin_tone: float = within(0.0, 1.0)  # 0 pale, 1 dark
    blood: float = within(0.0, 0.0)  # share of gloves, skin and steel that is smeared

    def seen_at(self, pixel: float) -> "Look":
        """The look to a camera whose pixels cover ``pixel`` meters of the instrument.

        Scratches finer than two pixels cannot be seen one by one, and rendering them with few
        samples would speckle the metal; they blur its reflections instead.
        """
        sharp = min(1.0, self.scratch_pitch / (2 * pixel)) ** 2
        lost = (1 - sharp) * self.scratches
        return replace(self, scratches=sharp * self.scratches, roughness=self.roughness + lost)


_FINISHES = {
    "polished": {"roughness": (0.12, 0.24), "scratches": (0.0, 0.03), "tarnish": (0.0, 0.15)},
    "brushed": {"anisotropy": (0.35, 0.75), "scratches": (0.03, 0.10)},
    "worn": {"roughness": (0.32, 0.55), "tarnish": (0.2, 0.55), "smudges": (0.1, 0.3)},
}


def sample_look(rng: np.random.Generator, ranges: Mapping | None = None) -> Look:
    """Draw a finish, then a look within the finish's own ranges; see ``sample_shape``."""
    finish = sample_shape(Look, rng, ranges).finish
    narrowed = {**_FINISHES.get(finish, {}), **(ranges or {}), "finish": finish}
    return sample_shape(Look, rng, narrowed)
