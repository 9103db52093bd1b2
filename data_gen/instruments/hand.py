"""Hands in gloves or bare: relaxed, or holding an instrument and hiding parts of it.

A hand is the skin of ``rig`` on bent joints, with a sleeve. It is an occluder, never labelled.

Frame while holding: the instrument's own, so the hand takes the instrument's pose.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

import numpy as np

from data_gen.instruments.grips import fit_grip
from data_gen.instruments.holds import palm_hold, pencil_hold, ring_hold
from data_gen.instruments.model import Articulated, InstrumentModel, Part
from data_gen.instruments.rig import ANGLES, FINGERS, load_rig
from data_gen.instruments.shape import chance, one_of, sample_shape, within
from data_gen.instruments.sleeve import sample_sleeve
from surgtools.errors import InputError


@dataclass(frozen=True)
class HandShape:
    """What varies; meters and radians."""

    size: float = within(0.94, 1.16)  # of a medium hand, gloves included
    curl: float = within(0.1, 1.2)  # of a relaxed hand's fingers
    spread: float = within(-0.1, 0.2)  # between a relaxed hand's fingers
    pose: str = one_of("relaxed", "relaxed", "pinching", "fist")  # of an empty hand
    grip: str = one_of("rings", "rings", "palm")  # of ring handles
    left_handed: bool = chance(0.4)
    gloved: bool = chance(0.85)
    wear: str = one_of("gown", "gown", "gown", "coat", "bare")
    sleeve: float = within(1.5, 2.4)  # width at the elbow over the wrist's
    forearm: float = within(0.16, 0.34)


class Hand(InstrumentModel):
    """A rigid hand: parts made once, whatever the opening; the first is the hand itself."""

    name = "hand"

    def __init__(self, shape: HandShape, parts: list[Part]) -> None:
        self.parameters = asdict(shape)
        if shape.left_handed:
            parts = [
                replace(
                    part,
                    vertices=part.vertices * [-1, 1, 1],
                    faces=[face[::-1] for face in part.faces],
                )
                for part in parts
            ]
        self._parts = parts

    def articulate(self, opening: float = 0.0) -> Articulated:
        return Articulated(list(self._parts))


def sample_hand(rng: np.random.Generator, ranges: Mapping | None = None) -> Hand:
    """An empty hand, back up, fingers towards +Y, the middle knuckle at the origin."""
    shape = sample_shape(HandShape, rng, ranges)
    angles = _empty_pose(shape, rng)
    turns, places = load_rig().place(np.array([[angles.get(name, 0.0) for name in ANGLES]]))
    return _dress(shape, turns[0], places[0] * shape.size, np.eye(3), rng)


def hold(
    model: InstrumentModel, opening: float, rng: np.random.Generator, ranges: Mapping | None = None
) -> Hand:
    """A hand that holds an instrument, in the instrument's frame.

    Rings take thumb and ring finger or lie in the palm; what has none is held like a pencil. The
    hand is made for this opening and does not follow another one.

    Raises:
        InputError: the instrument has no points to hold it by.
    """
    points = model.held_points(opening)
    if points is None:
        raise InputError(
            f"{model.name} has no points to hold it by; hands hold instruments with rings, "
            "tweezers, and straight ones"
        )
    shape = sample_shape(HandShape, rng, ranges)
    if shape.left_handed:  # a right hand on the reflected instrument, reflected back
        points = (points * [-1, 1, 1])[[0, 3, 4, 1, 2]]
    if not model.ringed:
        grip = pencil_hold(points, rng)
    else:
        grip = (ring_hold if shape.grip == "rings" else palm_hold)(points, rng)
    fitted = fit_grip(load_rig(), grip, shape.size)
    return _dress(shape, fitted.turns, fitted.places, fitted.turn, rng)


def _dress(
    shape: HandShape,
    turns: np.ndarray,
    places: np.ndarray,
    turn: np.ndarray,
    rng: np.random.Generator,
) -> Hand:
    rig = load_rig()
    vertices = rig.skin(turns, places / shape.size) * shape.size
    parts = [Part("hand", vertices, rig.faces, "glove" if shape.gloved else "skin")]
    parts += sample_sleeve(
        rng,
        places[0],
        turn,
        shape.size,
        wear=shape.wear,
        gloved=shape.gloved,
        width=shape.sleeve,
        length=shape.forearm,
    )
    return Hand(shape, parts)


def _empty_pose(shape: HandShape, rng: np.random.Generator) -> dict[str, float]:
    """Angles by name of a hand that holds nothing."""
    angles = {}
    curl = {"relaxed": shape.curl, "pinching": 0.5 * shape.curl + 0.3, "fist": 1.5}[shape.pose]
    for f, finger in enumerate(FINGERS[1:]):
        bent = curl * rng.uniform(0.75, 1.1) * (0.8 + 0.1 * f)
        angles |= {
            f"{finger}_knuckle": 0.45 * bent,
            f"{finger}_spread": (f - 1.5) * shape.spread,
            f"{finger}_middle": 0.95 * bent,
            f"{finger}_end": 0.5 * bent,
        }
    angles |= {"thumb_knuckle": 0.3 * curl, "thumb_end": 0.4 * curl}
    if shape.pose == "pinching":
        angles |= {
            "index_knuckle": 0.85,
            "index_middle": 0.75,
            "index_end": 0.3,
            "thumb_swing": 0.15,
            "thumb_knuckle": 0.25,
            "thumb_end": 0.35,
        }
    return angles
