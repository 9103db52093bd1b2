"""Tweezers (tissue forceps): two flat spring strips joined at the handle end.

The arms bend: their heading turns within the spring zone, so the vertices are computed anew for
every opening, always the same ones in the same order.
"""

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np

from data_gen.instruments.model import OBLIQUE, Articulated, InstrumentModel, Part, rotation
from data_gen.instruments.solids import Solid, join, loft, mirror_x
from data_gen.instruments.tweezers_arm import Arm
from data_gen.instruments.tweezers_shape import TweezersShape, sample_tweezers_shape


class Tweezers(InstrumentModel):
    """Tweezers built from a shape; opening is the angle between the tips seen from the end."""

    name = "tweezers"
    category_id = 2
    point_names = ("handle_end", "left_arm", "left_tip", "right_arm", "right_tip")

    def __init__(self, shape: TweezersShape) -> None:
        self.shape = shape
        self.parameters = asdict(shape)
        self.opening_range = (0.01, shape.widest)
        self._arm = Arm(shape)

    def articulate(self, opening: float) -> Articulated:
        arm, path = self._arm, self._arm.path(opening)
        parts = []
        for name, (solid, material) in self._solids(path).items():
            parts.append(Part(f"right_{name}", solid.vertices, solid.faces, material))
            if name != "pin":
                solid = mirror_x(solid)
                parts.append(Part(f"left_{name}", solid.vertices, solid.faces, material))
        right_arm = arm.point(path, self.shape.length / 2)
        right_tip = arm.point(path, self.shape.length - 0.0005)
        mirror = np.array([-1.0, 1.0, 1.0])
        keypoints = [np.zeros(3), right_arm * mirror, right_tip * mirror, right_arm, right_tip]
        both = tuple(part.name for part in parts)
        left = tuple(name for name in both if name.startswith("left"))
        right = tuple(name for name in both if name.startswith("right"))
        owners = (both, left, left, right, right)
        return Articulated(parts, np.array(keypoints), self._radii(), owners)

    def rest_rotations(self, opening: float | None = None) -> list[np.ndarray]:
        """On either edge (arms open in the picture) and on either arm's flat side."""
        opening = sum(self.opening_range) / 2 if opening is None else opening
        path = self._arm.path(opening)
        widest = path[np.argmax(path[:, 0])]
        tilt = np.arctan2(widest[0] - path[0, 0], widest[1])
        flat = [rotation("x", sign * tilt) @ rotation("y", sign * np.pi / 2) for sign in (-1, 1)]
        lean = self.shape.edge_lean
        return [rotation("y", lean), rotation("y", np.pi + lean), *flat]

    def _solids(self, path: np.ndarray) -> dict[str, tuple[Solid, str]]:
        """Name to solid and material, of the right arm."""
        shape, arm = self.shape, self._arm
        body = arm.bar(path)
        if shape.pattern == "toothed":
            body = join(body, *_teeth(arm, path))
        solids = {"arm": (body, "steel")}
        if shape.serrated:
            solids["serration"] = (_serration(arm, path), "hatched")
        if shape.grooves_dark and shape.grip != "smooth":
            solids["grooves"] = (_grooves(arm, path), "groove")
        if shape.guide_pin:
            solids["pin"] = (_guide_pin(arm, path), "steel")
        return solids

    def _radii(self) -> np.ndarray:
        arm = np.interp(self.shape.length / 2, self._arm.s, self._arm.half_width)
        tip = self.shape.tip_width / 2
        half = np.array([self.shape.butt_width / 2, arm, tip, arm, tip])
        return OBLIQUE * half + 0.001


def sample_tweezers(rng: np.random.Generator, ranges: Mapping | None = None) -> Tweezers:
    return Tweezers(sample_tweezers_shape(rng, ranges))


def _grooves(arm: Arm, path: np.ndarray) -> Solid:
    """Thin dark floors between the ridges of the grip, on the outer face."""
    floors = []
    for start, stop in zip(arm.edges[1:-1:2], arm.edges[2::2], strict=True):
        at = np.array([start + 1e-4, stop - 1e-4])
        outer = np.interp(at, arm.s, arm.half_thickness + arm.shift)
        half_width = np.interp(at, arm.s, arm.half_width) * 0.97
        line = arm.point(path, at)
        floors.append(loft(line, 4e-5, half_width, roundness=0.2, shift_u=outer))
    return join(*floors)


def _serration(arm: Arm, path: np.ndarray) -> Solid:
    """Thin dark plate on the inner face of the tip."""
    length = arm.shape.length
    at = np.linspace(length * (1 - arm.shape.serration_share), length - 4e-4, 14)
    inner = np.interp(at, arm.s, arm.half_thickness)
    half_width = np.interp(at, arm.s, arm.half_width) * 0.86
    return loft(arm.point(path, at), 1.2e-4, half_width, roundness=0.2, shift_u=8e-5 - inner)


def _teeth(arm: Arm, path: np.ndarray) -> list[Solid]:
    """Two small inward teeth at the tip of toothed forceps."""
    shape = arm.shape
    tip, before = path[-1], path[-3]
    forward = (tip - before) / np.linalg.norm(tip - before)
    inward = np.array([-forward[1], forward[0], 0.0])
    size = max(shape.tip_width * 0.45, 0.0008)
    reach = np.linspace(0, 1, 5)[:, None] * (shape.tip_thickness / 2 + size)
    half = np.linspace(size * 0.45, size * 0.08, 5)
    roots = [tip - forward * size * 0.45 + [0, 0, z * shape.tip_width] for z in (-0.3, 0.3)]
    return [loft(root + inward * reach, half, half * 0.7, roundness=0.4) for root in roots]


def _guide_pin(arm: Arm, path: np.ndarray) -> Solid:
    """Short pin on the inner face of the right arm that keeps the tips aligned."""
    at = arm.shape.length * (arm.shape.grip_start + 0.6 * arm.shape.grip_length)
    reach = np.array([0.0, 0.0028, 0.0032])
    line = arm.point(path, at) + np.column_stack([-reach, 0 * reach, 0 * reach])
    return loft(line, [7e-4, 7e-4, 4e-4], [7e-4, 7e-4, 4e-4], roundness=0.9)
