"""Clamps: ringed and ratcheted like needle holders, but with long slim or pincer jaws.

Never labelled: haemostats (long, often curved, cross-grooved jaws) and towel clamps (two pointed
hooks that meet), the look-alikes that lie in every heap of a theatre.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from data_gen.instruments.model import Part
from data_gen.instruments.needle_holder import NeedleHolder
from data_gen.instruments.needle_holder_shape import NeedleHolderShape
from data_gen.instruments.shape import one_of, sample_shape, within
from data_gen.instruments.solids import Solid, loft, mirror_x

_PATTERNS: dict[str, dict] = {
    "haemostat": {
        "length": (0.115, 0.240),
        "jaw_share": (0.26, 0.44),
        "box_width": (0.0056, 0.0082),
        "jaw_tip_width": (0.0014, 0.0030),
        "jaw_tip_height": (0.0014, 0.0026),
        "jaw_belly": (0.0, 0.7),
        "jaw_curve": (0.06, 0.24),
        "jaw_curved": 0.65,
        "finish": "plain",
        "widest": (0.35, 1.3),
    },
    "towel_clamp": {
        "length": (0.095, 0.150),
        "jaw_share": (0.14, 0.19),
        "jaw_curved": 0.0,
        "finish": "plain",
        "widest": (0.35, 1.2),
    },
}


@dataclass(frozen=True)
class PincerShape:
    """What varies between towel clamps' hooks; meters."""

    reach: float = within(0.016, 0.030)  # of the hooks beyond the box
    bulge: float = within(0.006, 0.012)  # to each side
    wire: float = within(0.0018, 0.0030)  # thickness at the root


class Clamp(NeedleHolder):
    """A clamp built from a needle holder's shape with other measures; named after its pattern."""

    category_id = None

    def __init__(
        self, pattern: str, shape: NeedleHolderShape, pincer: PincerShape | None = None
    ) -> None:
        super().__init__(shape)
        self.name = pattern
        self.parameters = {**self.parameters, "pattern": pattern}
        if pincer is not None:
            hook = _hook(shape, pincer)
            # the left half crosses over: its hook is at x > 0
            self.left = [*self.left, Part("left_hook", hook.vertices, hook.faces, "steel")]
            hook = mirror_x(hook)
            self.right = [*self.right, Part("right_hook", hook.vertices, hook.faces, "steel")]


@dataclass(frozen=True)
class _Pattern:
    pattern: str = one_of("haemostat", "haemostat", "haemostat", "towel_clamp")


def sample_clamp(rng: np.random.Generator, ranges: Mapping | None = None) -> Clamp:
    """Draw a pattern, then a shape within the pattern's own ranges."""
    given = dict(ranges or {})
    chosen = {"pattern": given.pop("pattern")} if "pattern" in given else None
    pattern = sample_shape(_Pattern, rng, chosen).pattern
    shape = sample_shape(NeedleHolderShape, rng, {**_PATTERNS[pattern], **given})
    if shape.jaw_curved and rng.random() < 0.5:
        shape = replace(shape, jaw_curve=-shape.jaw_curve)
    pincer = sample_shape(PincerShape, rng) if pattern == "towel_clamp" else None
    return Clamp(pattern, shape, pincer)


def _hook(shape: NeedleHolderShape, pincer: PincerShape) -> Solid:
    """A bow from the box lock outwards and back to the middle, ending in a point."""
    t = np.linspace(0, 1, 24)
    x = shape.box_width / 4 + pincer.bulge * np.sin(np.pi * t**0.8) * (1 - 0.3 * t)
    x = x * (1 - t**3) + 2e-4
    y = 0.7 * shape.jaw_end + pincer.reach * t
    path = np.column_stack([x, y, 0 * t])
    half = pincer.wire / 2 * (1 - 0.85 * t**2)
    return loft(path, half, half, roundness=0.85)
