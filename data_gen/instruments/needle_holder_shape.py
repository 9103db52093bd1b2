"""The measures of needle holders: those that are drawn, and those that follow from them.

Proportions surround Mayo-Hegar (long, slim) and Crile-Wood (shorter jaws, narrower) patterns.
"""

from dataclasses import dataclass

import numpy as np

from data_gen.instruments.ring_handle import Ring, place_ring
from data_gen.instruments.shape import chance, one_of, within


@dataclass(frozen=True)
class NeedleHolderShape:
    """The measures that differ from needle holder to needle holder; meters and radians.

    Widths of jaws and box are those of both halves closed.
    """

    length: float = within(0.115, 0.230)  # from the tips to the far end of the rings
    jaw_share: float = within(0.14, 0.32)  # of the length, from the hinge to the tips
    box_share: float = within(0.085, 0.13)  # of the length
    box_ahead: float = within(0.35, 0.65)  # part of the box between the hinge and the jaws
    box_width: float = within(0.0066, 0.0100)
    box_height: float = within(0.0040, 0.0062)
    box_slant: float = within(-0.6, 0.6)  # slope of the shoulders at its ends
    jaw_tip_width: float = within(0.0026, 0.0048)
    jaw_tip_height: float = within(0.0020, 0.0034)
    tip_round: float = within(0.25, 0.8)  # length of the rounded end, in tip widths
    jaw_belly: float = within(0.0, 0.5)  # 0 tapers straight, 1 stays wide until the tip
    jaw_curve: float = within(-0.10, 0.10)  # bend out of the plane, radians
    jaw_curved: bool = chance(0.12)
    jaw_roundness: float = within(0.35, 0.9)
    shank_width: float = within(0.0030, 0.0046)
    shank_height: float = within(0.0028, 0.0042)
    shank_roundness: float = within(0.35, 0.94)
    shank_bow: float = within(-0.0006, 0.0022)  # outwards, halfway along the shank
    shank_gap: float = within(0.045, 0.150)  # between the ratchet's ends, of the length
    skew: float = within(-0.25, 0.25)  # uneven shanks, share of the gap
    neck_length: float = within(0.0035, 0.0075)  # from the ratchet to the ring's wire
    neck_width: float = within(0.9, 1.5)  # of the shank's
    ring_length: float = within(0.0240, 0.0340)  # outer
    ring_width: float = within(0.0185, 0.0265)  # outer
    ring_turn: float = within(0.30, 1.05)  # where the ring sits: 0 behind its shank, pi/2 beside
    ring_tilt: float = within(-0.15, 0.45)
    ring_wire: float = within(0.0024, 0.0042)
    ring_height: float = within(0.0022, 0.0038)
    ratchet_width: float = within(0.0022, 0.0052)
    ratchet_height: float = within(0.0011, 0.0019)
    ratchet_teeth: int = within(3, 6)
    ratchet_overlap: float = within(1.1, 1.9)  # tab length in half gaps
    pin_radius: float = within(0.0010, 0.0020)
    insert_height: float = within(0.65, 0.95)  # of the jaw's height
    finish: str = one_of("plain", "plain", "gold_rings", "gold_rings", "tungsten")
    flipped: bool = chance(0.5)  # which half carries the box
    widest: float = within(0.35, 1.60)  # largest opening

    @property
    def jaw_end(self) -> float:
        """y of the tips."""
        return self.length * self.jaw_share

    @property
    def box(self) -> tuple[float, float]:
        """y of the box lock's rear and front end."""
        box = self.length * self.box_share
        return box * (self.box_ahead - 1), box * self.box_ahead

    @property
    def gap(self) -> float:
        """Between the shanks at the ratchet, meters."""
        return self.shank_gap * self.length

    def ring(self, sign: float) -> Ring:
        """The ring of one half, as if it were the left one; the skew differs in ``sign``."""
        return place_ring(
            rear=self.length * (self.jaw_share - 1),
            shank_x=-self.gap / 2 * (1 + sign * self.skew),
            neck_length=self.neck_length,
            turn=self.ring_turn * (1 + sign * self.skew),
            outer_long=self.ring_length,
            outer_short=self.ring_width,
            tilt=self.ring_tilt,
            wire=self.ring_wire,
            wire_height=self.ring_height,
        )

    def jaw_half_u(self, y: np.ndarray) -> np.ndarray:
        """Half width of one jaw, a quarter of both closed."""
        share = self._jaw_share(y)
        return (self.box_width * (1 - share) + self.jaw_tip_width * share) / 4

    def jaw_half_v(self, y: np.ndarray) -> np.ndarray:
        """Half height of a jaw."""
        share = self._jaw_share(y)
        return (0.94 * self.box_height * (1 - share) + self.jaw_tip_height * share) / 2

    def bend(self, y: np.ndarray | float) -> np.ndarray:
        """z of a curved jaw: a parabola that leaves the plane at the box."""
        start, stop = self.box[1], self.jaw_end
        curve = self.jaw_curve if self.jaw_curved else 0.0
        return curve * 2 * np.clip(y - start, 0, None) ** 2 / (stop - start)

    def _jaw_share(self, y: np.ndarray) -> np.ndarray:
        """0 at the box, 1 at the tip, held back by the belly."""
        start, stop = self.box[1], self.jaw_end
        share = np.clip((y - start) / (stop - start), 0, 1)
        return (1 - self.jaw_belly) * share + self.jaw_belly * share**3
