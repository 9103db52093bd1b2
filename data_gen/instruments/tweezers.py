"""Tweezers (tissue forceps): two flat spring strips joined at the handle end.

The arms bend: their heading turns within the spring zone, so the vertices are computed anew for
every opening, always the same ones in the same order. Patterns: Adson (wide grip, sudden taper),
dressing (even taper), toothed (1x2), DeBakey (long, slim, fine tips).
"""

from dataclasses import asdict, dataclass

import numpy as np

from data_gen.instruments.model import Articulated, InstrumentModel, Part, rotation
from data_gen.instruments.ring_handle import taper
from data_gen.instruments.shape import chance, one_of, sample_shape, within
from data_gen.instruments.solids import Solid, end_grid, end_rounding, join, loft, mirror_x


@dataclass(frozen=True)
class TweezersShape:
    """What varies; metres and radians. Shares are of the length, counted from the handle end."""

    pattern: str = one_of("dressing", "dressing", "toothed", "adson", "debakey")
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
}


class Tweezers(InstrumentModel):
    """Tweezers built from a shape; opening is the angle between the tips seen from the end."""

    name = "tweezers"
    category_id = 2

    def __init__(self, shape: TweezersShape) -> None:
        self.shape = shape
        self.parameters = asdict(shape)
        self.opening_range = (0.01, shape.widest)
        ease = shape.butt_width / 2 * shape.butt_round
        ridge_edges = tuple(np.unique(_ridge_edges(shape)))
        step = shape.length * shape.shoulder_share
        self._s = end_grid(0.0, shape.length, 0.002, ease, breaks=(step, *ridge_edges))
        self._profile = _Profile(shape, self._s)

    def articulate(self, opening: float) -> Articulated:
        shape, s = self.shape, self._s
        path = _arm_path(shape, s, opening)
        profile = self._profile
        arm = loft(
            path,
            profile.half_thickness,
            profile.half_width,
            roundness=profile.roundness,
            shift_u=profile.shift,
        )
        solids = {"arm": (join(arm, *_teeth(shape, s, path)), "steel")}
        if shape.serrated:
            solids["serration"] = (_serration(shape, s, path, profile), "hatched")
        if shape.grooves_dark and shape.grip != "smooth":
            solids["grooves"] = (_grooves(shape, s, path, profile), "groove")
        if shape.guide_pin:
            solids["pin"] = (_guide_pin(shape, s, path), "steel")
        parts = []
        for side in ("right", "left"):
            for name, (solid, material) in solids.items():
                if name == "pin" and side == "left":
                    continue
                solid = solid if side == "right" else mirror_x(solid)
                parts.append(Part(f"{side}_{name}", solid.vertices, solid.faces, material))
        half = shape.length / 2
        arm_point = [np.interp(half, s, path[:, i]) for i in range(3)]
        tip_point = [np.interp(shape.length - 0.0005, s, path[:, i]) for i in range(3)]
        mirrored = np.array([-1.0, 1.0, 1.0])
        keypoints = np.array(
            [np.zeros(3), arm_point * mirrored, tip_point * mirrored, arm_point, tip_point]
        )
        both = tuple(p.name for p in parts)
        left = tuple(n for n in both if n.startswith("left"))
        right = tuple(n for n in both if n.startswith("right"))
        return Articulated(parts, keypoints, self._radii(), (both, left, left, right, right))

    def rest_rotations(self, opening: float | None = None) -> list[np.ndarray]:
        """On either edge (arms open in the picture) and on either arm's flat side."""
        opening = sum(self.opening_range) / 2 if opening is None else opening
        path = _arm_path(self.shape, self._s, opening)
        widest = int(np.argmax(path[:, 0]))
        lean = np.arctan2(path[widest, 0] - path[0, 0], path[widest, 1])
        flat = [rotation("x", sign * lean) @ rotation("y", sign * np.pi / 2) for sign in (-1, 1)]
        lean = self.shape.edge_lean
        return [rotation("y", lean), rotation("y", np.pi + lean), *flat]

    def _radii(self) -> np.ndarray:
        shape, s = self.shape, self._s
        arm = np.interp(shape.length / 2, s, self._profile.half_width) + 0.001
        tip = shape.tip_width / 2 + 0.001
        return np.array([shape.butt_width / 2 + 0.001, arm, tip, arm, tip])


def sample_tweezers(rng: np.random.Generator, ranges=None) -> Tweezers:
    """Draw a pattern, then a shape within the pattern's narrower ranges."""
    pattern = sample_shape(TweezersShape, rng, ranges).pattern
    narrowed = {**_PATTERNS.get(pattern, {}), **(ranges or {}), "pattern": pattern}
    return Tweezers(sample_shape(TweezersShape, rng, narrowed))


class _Profile:
    """(N,) half thickness, half width, outward shift and roundness along the right arm."""

    def __init__(self, shape: TweezersShape, s: np.ndarray) -> None:
        length = shape.length
        at = lambda share: share * length  # noqa: E731
        grip_end = shape.grip_start + shape.grip_length
        grip = shape.butt_width * shape.grip_width
        width = taper(
            s,
            [
                (0.0, shape.butt_width),
                (at(0.10), shape.butt_width),
                (at(shape.shoulder_share), shape.butt_width * shape.waist_width),
                (at(shape.shoulder_share + 0.012), grip * 0.97),
                (at(shape.grip_start + shape.grip_length * 0.4), grip),
                (at(grip_end), grip * 0.92),
                (at(max(shape.neck_share, grip_end + 0.03)), grip * shape.neck_width),
                (at(0.90), shape.tip_width * 1.25),
                (length, shape.tip_width),
            ],
        )
        thickness = taper(
            s,
            [
                (0.0, shape.strip),
                (at(shape.shoulder_share) - 1.5e-4, shape.strip),
                (at(shape.shoulder_share) + 1.5e-4, shape.strip * self._shoulder(shape)),
                (at(shape.grip_start), shape.strip * shape.body),
                (at(grip_end), shape.strip * shape.body),
                (length, shape.tip_thickness),
            ],
        )
        relief = _relief(shape, s)
        ease_start = shape.butt_width / 2 * shape.butt_round
        self.half_width = width / 2 * end_rounding(s, ease_start, shape.tip_width * 0.3)
        outer = thickness / 2 + relief
        self.half_thickness = (thickness / 2 + outer) / 2 * end_rounding(s, 3e-4, 3e-4)
        self.shift = relief / 2
        self.roundness = taper(
            s, [(0, 0.5), (at(0.3), shape.roundness), (at(0.8), 0.6), (length, 0.8)]
        )

    @staticmethod
    def _shoulder(shape: TweezersShape) -> float:
        return 1 + 0.6 * (shape.body - 1) if shape.shoulder_step else 1.0


def _arm_path(shape: TweezersShape, s: np.ndarray, opening: float) -> np.ndarray:
    """(N, 3) center line of the right arm; at opening 0 the tips touch.

    The heading is a fixed bow plus a turn spread over the spring zone, scaled so that the line
    from the handle end to the inner face of the tip makes half the opening with the Y axis.
    """
    length = shape.length
    joined = shape.butt_share * length
    spring = np.clip((s - joined) / (0.25 * length), 0, 1)
    turn = spring * spring * (3 - 2 * spring)
    share = np.clip((s - joined) / (length - joined), 0, 1)
    inward = np.clip((share - 0.5 * shape.bow_share) / (1 - 0.5 * shape.bow_share), 0, 1)
    heading = shape.bow * (turn - 1.6 * inward) - shape.bow * shape.tip_bend * np.clip(
        (share - 0.8) / 0.2, 0, 1
    )
    start = shape.strip / 2 + 1e-5
    step = np.diff(s)

    def integrate(scale: float) -> np.ndarray:
        angle = heading + scale * turn
        middle = (angle[1:] + angle[:-1]) / 2
        x = start + np.concatenate([[0], np.cumsum(np.sin(middle) * step)])
        y = np.concatenate([[0], np.cumsum(np.cos(middle) * step)])
        return np.column_stack([x, y, np.zeros_like(x)])

    def error(scale: float) -> float:
        tip = integrate(scale)[-1]
        return np.arctan2(tip[0] - shape.tip_thickness / 2 - 2e-5, tip[1]) - opening / 2

    low, high = 0.0, 0.2
    error_low, error_high = error(low), error(high)
    for _ in range(6):  # secant; the error is all but linear in the scale
        if abs(error_high - error_low) < 1e-12:
            break
        low, high, error_low = (
            high,
            high - error_high * (high - low) / (error_high - error_low),
            error_high,
        )
        error_high = error(high)
    return integrate(high)


def _ridge_edges(shape: TweezersShape) -> np.ndarray:
    """(2 * ridges,) where ridges rise and fall along the arm, metres."""
    if shape.grip == "smooth":
        return np.zeros(0)
    pitch = shape.grip_length * shape.length / shape.ridges
    rises = shape.grip_start * shape.length + pitch * np.arange(shape.ridges)
    return np.sort(np.concatenate([rises, rises + pitch * shape.ridge_duty]))


def _relief(shape: TweezersShape, s: np.ndarray) -> np.ndarray:
    """(N,) height of the grip's cross ridges over the outer face."""
    edges = _ridge_edges(shape)
    if not len(edges):
        return np.zeros_like(s)
    raised = np.searchsorted(edges, s) % 2 == 1
    height = shape.ridge_height * (0.6 if shape.grip == "fluted" else 1.0)
    return np.where(raised, height, 0.0)


def _grooves(shape: TweezersShape, s: np.ndarray, path: np.ndarray, profile: _Profile) -> Solid:
    """Thin dark floors between the ridges of the grip, on the outer face."""
    edges = _ridge_edges(shape)
    floors = []
    for start, stop in zip(edges[1:-1:2], edges[2::2], strict=True):
        at = np.array([start + 1e-4, stop - 1e-4])
        line = np.column_stack([np.interp(at, s, path[:, i]) for i in range(3)])
        outer = np.interp(at, s, profile.half_thickness + profile.shift)
        half_width = np.interp(at, s, profile.half_width) * 0.97
        floors.append(loft(line, 4e-5, half_width, roundness=0.2, shift_u=outer))
    return join(*floors)


def _serration(shape: TweezersShape, s: np.ndarray, path: np.ndarray, profile: _Profile) -> Solid:
    """Thin dark plate on the inner face of the tip."""
    start = shape.length * (1 - shape.serration_share)
    at = np.linspace(start, shape.length - 4e-4, 14)
    line = np.column_stack([np.interp(at, s, path[:, i]) for i in range(3)])
    inner = np.interp(at, s, profile.half_thickness)
    half_width = np.interp(at, s, profile.half_width) * 0.86
    return loft(line, 1.2e-4, half_width, roundness=0.2, shift_u=-inner + 8e-5)


def _teeth(shape: TweezersShape, s: np.ndarray, path: np.ndarray) -> list[Solid]:
    """Two small inward teeth at the tip of toothed forceps."""
    if shape.pattern != "toothed":
        return []
    tip, before = path[-1], path[-3]
    forward = (tip - before) / np.linalg.norm(tip - before)
    inward = np.array([-forward[1], forward[0], 0.0])
    size = max(shape.tip_width * 0.45, 0.0008)
    teeth = []
    for z in (-0.3, 0.3):
        root = tip - forward * size * 0.45 + [0, 0, z * shape.tip_width]
        reach = np.linspace(0, 1, 5)[:, None]
        line = root + inward * reach * (shape.tip_thickness / 2 + size)
        half = np.linspace(size * 0.45, size * 0.08, 5)
        teeth.append(loft(line, half, half * 0.7, roundness=0.4))
    return teeth


def _guide_pin(shape: TweezersShape, s: np.ndarray, path: np.ndarray) -> Solid:
    """Short pin on the inner face of the right arm that keeps the tips aligned."""
    at = shape.length * (shape.grip_start + 0.6 * shape.grip_length)
    root = np.array([np.interp(at, s, path[:, i]) for i in range(3)])
    reach = np.array([0.0, 0.0028, 0.0032])
    line = root + np.column_stack([-reach, 0 * reach, 0 * reach])
    return loft(line, [7e-4, 7e-4, 4e-4], [7e-4, 7e-4, 4e-4], roundness=0.9)
