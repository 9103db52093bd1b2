"""Gloved hands: lying relaxed, or holding an instrument and hiding parts of it.

A hand is a skeleton of tapered capsules, blended into one skin: the smooth minimum of their
distances, cut at zero by marching cubes. It is an occluder, never labelled.

Frame while holding: the instrument's own, so the hand takes the instrument's pose.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from skimage.measure import marching_cubes

from data_gen.instruments.model import Articulated, InstrumentModel, Part, rotation
from data_gen.instruments.shape import chance, sample_shape, within
from data_gen.instruments.solids import Solid, loft
from surgtools.errors import InputError


@dataclass(frozen=True)
class HandShape:
    """What varies; meters and radians."""

    size: float = within(0.88, 1.12)  # of a medium hand
    finger: float = within(0.0070, 0.0092)  # radius at the finger's base
    taper: float = within(0.72, 0.86)  # fingertip's radius over the base's
    palm: float = within(0.0105, 0.0140)  # radius of the bones that fill the palm
    webbing: float = within(0.0020, 0.0040)  # blending between neighbors
    curl: float = within(0.1, 1.2)  # of a relaxed hand's fingers
    spread: float = within(0.0, 0.18)  # between a relaxed hand's fingers
    roll: float = within(-0.7, 0.7)  # of a holding hand about the instrument's axis
    back: float = within(0.035, 0.060)  # from what the fingers hold to the knuckles
    lift: float = within(0.012, 0.032)  # of the knuckles over the instrument's plane
    left_handed: bool = chance(0.3)
    sleeved: bool = chance(0.8)  # otherwise the forearm is bare
    sleeve: float = within(0.030, 0.045)  # radius at the wrist
    forearm: float = within(0.16, 0.28)


Bone = tuple[np.ndarray, np.ndarray, float, float]
"""From, to, radius there, radius here."""

_GRID = 0.0032
_FINGERS = ("index", "middle", "ring", "little")
_FINGER_REACH = 0.065
"""Meters from the knuckles to where a pinching index finger touches."""


class Hand(InstrumentModel):
    """A rigid hand: parts made once, whatever the opening."""

    name = "hand"

    def __init__(self, shape: HandShape, bones: list[Bone], wrist: np.ndarray, arm: np.ndarray):
        """Grow a skin over bones.

        Args:
            wrist: (3,) where the forearm begins.
            arm: (3,) unit direction of the forearm.
        """
        self.parameters = asdict(shape)
        skin = _skin(bones, shape.webbing)
        self._parts = [Part("glove", skin.vertices, skin.faces, "glove")]
        forearm = _forearm(shape, wrist, arm)
        material = "gown" if shape.sleeved else "skin"
        self._parts.append(Part("forearm", forearm.vertices, forearm.faces, material))

    def articulate(self, opening: float = 0.0) -> Articulated:
        return Articulated(list(self._parts))


def sample_hand(rng: np.random.Generator, ranges: Mapping | None = None) -> Hand:
    """A relaxed hand, back up, fingers towards +Y, the middle knuckle at the origin."""
    shape = sample_shape(HandShape, rng, ranges)
    lengths = np.array([0.070, 0.078, 0.072, 0.056]) * shape.size
    chains = {}
    for index, name in enumerate(_FINGERS):
        turn = rotation("z", (1.5 - index) * shape.spread)
        knuckle = _knuckle(shape, index, np.zeros(3), np.eye(3))
        chain, pitch = [knuckle], 0.2 * shape.curl
        for share in (0.46, 0.30, 0.24):
            step = np.array([0, np.cos(pitch), -np.sin(pitch)]) * share * lengths[index]
            chain.append(chain[-1] + turn @ step)
            pitch += shape.curl * rng.uniform(0.5, 0.8)
        chains[name] = np.array(chain)
    base = np.array([-0.030, -0.055, -0.010]) * shape.size
    reach = np.array([[0, 0, 0], [-0.018, 0.030, -0.006], [-0.014, 0.058, -0.012]]) * shape.size
    chains["thumb"] = base + reach
    return _assemble(shape, chains, np.zeros(3), np.eye(3), mirrored=shape.left_handed)


def hold(
    model: InstrumentModel, opening: float, rng: np.random.Generator, ranges: Mapping | None = None
) -> Hand:
    """A hand that holds a labelled instrument, in the instrument's frame.

    Rings take thumb and ring finger, the index lies along a shank; tweezers are pinched like a
    pen. The hand is made for this opening and does not follow another one.

    Raises:
        InputError: the instrument has no keypoints to hold it by.
    """
    keypoints = model.articulate(opening).keypoints
    if keypoints is None:
        raise InputError(f"{model.name} has no keypoints; only labelled instruments can be held")
    shape = sample_shape(HandShape, rng, ranges)
    turn = rotation("y", shape.roll) @ rotation("x", rng.uniform(-0.25, 0.45))
    if shape.left_handed:  # a right hand on the reflected instrument, reflected back
        keypoints = (keypoints * [-1, 1, 1])[[0, 3, 4, 1, 2]]
    grip = _ring_grip if model.name == "needle_holder" else _pinch
    chains, center = grip(shape, keypoints, turn)
    return _assemble(shape, chains, center, turn, mirrored=shape.left_handed)


def _ring_grip(
    shape: HandShape, keypoints: np.ndarray, turn: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Thumb through one ring, ring finger through the other, index along the shank."""
    joint, left_ring, _, right_ring, _ = keypoints
    center = (left_ring + right_ring) / 2
    center = center + turn @ np.array([0.012 * shape.size, -shape.back, shape.lift])
    up = turn[:, 2]
    shank = right_ring + 0.62 * (joint - right_ring)
    knuckles = [_knuckle(shape, index, center, turn) for index in range(4)]
    chains = {
        "index": _bent(knuckles[0], shank + 0.009 * up, 0.012 * up),
        "middle": _bent(knuckles[1], right_ring + [0.004, 0.022, -0.004], 0.026 * up),
        "ring": _bent(knuckles[2], right_ring - [0, 0, 0.012], 0.036 * up + [0.004, 0.006, 0]),
        "little": _bent(knuckles[3], right_ring + [0.016, -0.014, -0.016], 0.026 * up),
    }
    base = _thumb_base(shape, center, turn)
    over = left_ring + [-0.006, -0.016, 0.014]
    chains["thumb"] = np.array([base, over, left_ring + [0.002, 0.004, -0.009]])
    return chains, center


def _pinch(
    shape: HandShape, keypoints: np.ndarray, turn: np.ndarray
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Thumb on one arm, index and middle finger on the other, the end in the web between."""
    handle_end, left_arm, _, right_arm, _ = keypoints
    offset = np.array([0.030 * shape.size, 0.020 - 0.4 * shape.back, shape.lift])
    center = handle_end + turn @ offset
    touch = right_arm + [0.009, 0, 0]
    # long ones are held nearer to their tips: fingers do not grow
    center[1] = max(center[1], touch[1] - _FINGER_REACH * shape.size)
    knuckles = [_knuckle(shape, index, center, turn) for index in range(4)]
    chains = {
        "index": _bent(knuckles[0], touch + [0, 0.008, 0.002], [0.014, 0, 0.016]),
        "middle": _bent(knuckles[1], touch + [0, 0.014, -0.014], [0.020, 0, 0.012]),
        "ring": _bent(knuckles[2], touch + [0.012, 0.002, -0.026], [0.022, 0.01, 0.010]),
        "little": _bent(knuckles[3], touch + [0.024, -0.010, -0.030], [0.020, 0.01, 0.008]),
    }
    base = _thumb_base(shape, center, turn)
    chains["thumb"] = _bent(base, left_arm - [0.009, 0, 0], [-0.016, 0, 0.006])
    return chains, center


def _thumb_base(shape: HandShape, center: np.ndarray, turn: np.ndarray) -> np.ndarray:
    return center + turn @ (np.array([-0.042, -0.050, -0.008]) * shape.size)


def _knuckle(shape: HandShape, index: int, center: np.ndarray, turn: np.ndarray) -> np.ndarray:
    offset = np.array(
        [
            (-0.030, 0.0, 0.0),
            (-0.010, 0.005, 0.003),
            (0.010, 0.002, 0.001),
            (0.028, -0.008, -0.004),
        ][index]
    )
    return center + turn @ (offset * shape.size)


def _bent(start: np.ndarray, tip: np.ndarray, bulge) -> np.ndarray:
    """(4, 3) knuckle, two joints pushed out by ``bulge``, fingertip."""
    bulge = np.asarray(bulge, dtype=float)
    first = start + 0.45 * (tip - start) + bulge
    second = start + 0.78 * (tip - start) + 0.8 * bulge
    return np.array([start, first, second, tip])


def _assemble(
    shape: HandShape,
    chains: dict[str, np.ndarray],
    center: np.ndarray,
    turn: np.ndarray,
    mirrored: bool,
) -> Hand:
    wrist = center + turn @ (np.array([0.0, -0.095, -0.004]) * shape.size)
    bones: list[Bone] = []
    for name, chain in chains.items():
        thick = (
            shape.finger * (1.18 if name == "thumb" else 1.0) * (0.86 if name == "little" else 1.0)
        )
        radii = np.linspace(thick, thick * shape.taper, len(chain))
        bones += [(chain[i], chain[i + 1], radii[i], radii[i + 1]) for i in range(len(chain) - 1)]
        palm = shape.palm * (1.25 if name == "thumb" else 1.0)
        heel = wrist + 0.35 * turn @ (turn.T @ (chain[0] - center) * [1, 0, 1])
        bones.append((chain[0], heel, min(palm, 1.25 * thick), palm * 1.25))
    arm = turn @ np.array([0.0, -1.0, 0.0])
    bones.append((wrist, wrist + 0.03 * arm, 0.021 * shape.size, 0.024 * shape.size))
    flip = np.array([-1.0, 1.0, 1.0]) if mirrored else np.ones(3)
    bones = [(a * flip, b * flip, ra, rb) for a, b, ra, rb in bones]
    return Hand(shape, bones, wrist * flip, arm * flip)


def _skin(bones: list[Bone], blend: float) -> Solid:
    """The zero level of the blended distance to all bones."""
    ends = np.array([[a, b] for a, b, _, _ in bones])
    margin = max(max(ra, rb) for _, _, ra, rb in bones) + 4 * blend
    low, high = ends.min(axis=(0, 1)) - margin, ends.max(axis=(0, 1)) + margin
    axes = [
        np.arange(a, b + _GRID, _GRID, dtype=np.float32) for a, b in zip(low, high, strict=True)
    ]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    weight = np.zeros(grid.shape[:3], dtype=np.float32)
    for a, b, radius_a, radius_b in bones:
        along, length = (b - a).astype(np.float32), float(np.sum((b - a) ** 2))
        share = np.clip((grid - a.astype(np.float32)) @ along / max(length, 1e-12), 0, 1)
        nearest = a.astype(np.float32) + share[..., None] * along
        distance = np.linalg.norm(grid - nearest, axis=-1)
        distance -= radius_a + share * np.float32(radius_b - radius_a)
        weight += np.exp(np.clip(-distance / blend, -60, 60))
    field = -blend * np.log(np.maximum(weight, 1e-30))
    vertices, triangles, _, _ = marching_cubes(field, 0.0, spacing=(_GRID,) * 3)
    return Solid(vertices.astype(float) + low, [tuple(t) for t in triangles.tolist()])


def _forearm(shape: HandShape, wrist: np.ndarray, arm: np.ndarray) -> Solid:
    """A gown's sleeve from the cuff up, or a slimmer bare arm."""
    s = np.linspace(0, 1, 12)
    path = wrist + arm * (0.018 + s[:, None] * shape.forearm)
    if shape.sleeved:
        radius = shape.sleeve * np.interp(s, [0, 0.08, 0.2, 1.0], [0.74, 0.78, 0.95, 1.25])
        radius = radius * (1 + 0.03 * np.sin(s * 23))
    else:
        radius = shape.size * np.interp(s, [0, 0.3, 1.0], [0.026, 0.029, 0.042])
    return loft(path, radius, 0.85 * radius, roundness=0.94)
