"""Two rigid halves that cross at a hinge: needle holders, scissors, clamps."""

import numpy as np

from data_gen.instruments.model import Articulated, InstrumentModel, Part, rotation


class HingedModel(InstrumentModel):
    """Halves given closed; opening turns each by half the angle about Z at the origin.

    ``left`` has its handle at x < 0 and, as the halves cross, its jaw at x > 0.
    """

    ringed = True
    point_names = ("joint", "left_handle", "left_tip", "right_handle", "right_tip")

    def __init__(
        self,
        left: list[Part],
        right: list[Part],
        handles: np.ndarray,
        tips: np.ndarray,
        hinge_radius: float,
        handle_radius: float,
        tip_radius: float,
    ) -> None:
        """Take the closed instrument apart from what turns it.

        Args:
            handles: (2, 3) ring centers of the left and the right half.
            tips: (2, 3) jaw tips of the left and the right half.
            hinge_radius, handle_radius, tip_radius: see ``Articulated.radii``.
        """
        self.left, self.right = left, right
        self._handles, self._tips = handles, tips
        self._radii = np.array(
            [hinge_radius, handle_radius, tip_radius, handle_radius, tip_radius]
        )

    def articulate(self, opening: float) -> Articulated:
        turn_left, turn_right = rotation("z", -opening / 2), rotation("z", opening / 2)
        parts = [_turned(part, turn_left) for part in self.left]
        parts += [_turned(part, turn_right) for part in self.right]
        if self.category_id is None:
            return Articulated(parts)
        left, right = (tuple(p.name for p in half) for half in (self.left, self.right))
        # the halves cross: the tip at x < 0 belongs to the right half
        owners = (left + right, left, right, right, left)
        return Articulated(parts, self.held_points(opening), self._radii, owners)

    def held_points(self, opening: float) -> np.ndarray:
        turn_left, turn_right = rotation("z", -opening / 2), rotation("z", opening / 2)
        return np.array(
            [
                np.zeros(3),
                turn_left @ self._handles[0],
                turn_right @ self._tips[1],
                turn_right @ self._handles[1],
                turn_left @ self._tips[0],
            ]
        )

    def rest_rotations(self, opening: float | None = None) -> list[np.ndarray]:
        """On one flat side or the other; tips bent downwards lift the joint, not the rings."""
        vertices = np.concatenate([part.vertices for part in self.left + self.right])
        rests = []
        for flip in (np.eye(3), rotation("y", np.pi)):
            turned = vertices @ flip.T
            front = turned[np.argmin(np.where(turned[:, 1] > 0, turned[:, 2], np.inf))]
            rear = turned[np.argmin(np.where(turned[:, 1] < 0, turned[:, 2], np.inf))]
            drop = max(rear[2] - front[2], 0.0)
            rests.append(rotation("x", np.arctan2(drop, front[1] - rear[1])) @ flip)
        return rests


def _turned(part: Part, turn: np.ndarray) -> Part:
    return Part(part.name, part.vertices @ turn.T, part.faces, part.material, part.smooth)
