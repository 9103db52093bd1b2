"""The model of an instrument as the generator sees it: parts, keypoints, one joint angle.

Frame of every model: meters, tips towards +Y. Ring-handled instruments lie in the XY plane with
the hinge axis along Z and the origin at the joint; tweezers have the origin at ``handle_end``,
their arms open along X and their flat width runs along Z.

Shapes: V vertices of one part, k keypoints in the category's own order.
"""

from dataclasses import dataclass

import numpy as np

from surgtools.taxonomy import SURGICAL, Category

OBLIQUE = 1.4
"""A ray that meets a surface at 45 degrees runs this much longer through the metal below it."""


@dataclass(frozen=True)
class Part:
    """One rigid-looking piece with one material.

    Attributes:
        name: unique inside the instrument.
        vertices: (V, 3) meters.
        faces: vertex indices, counterclockwise seen from outside.
        material: key of ``data_gen.materials.MATERIALS``.
        smooth: shade with interpolated normals.
    """

    name: str
    vertices: np.ndarray
    faces: list[tuple[int, ...]]
    material: str
    smooth: bool = True


@dataclass(frozen=True)
class Articulated:
    """An instrument at one opening.

    Attributes:
        parts: the same names, faces and vertex counts at every opening.
        keypoints: (k, 3) meters, own order; ``left_*`` lies at x < 0. The image-side rule is
            applied after projection. None for a distractor.
        radii: (k,) meters. A ray towards a keypoint may meet the instrument's own surface this
            much before the keypoint, which then still counts as visible. None for a distractor.
        owners: for each keypoint the names of the parts that surround it. The tolerance is meant
            for these; any other part on the ray hides the keypoint. None for a distractor.
    """

    parts: list[Part]
    keypoints: np.ndarray | None = None
    radii: np.ndarray | None = None
    owners: tuple[tuple[str, ...], ...] | None = None


class InstrumentModel:
    """Base of all instruments, built in code or brought by the user.

    Attributes:
        name: kind, for example ``needle_holder``.
        category_id: COCO category id; None is a distractor, rendered but never labelled.
        opening_range: smallest and largest opening angle in radians.
        parameters: the sampled shape, for the dataset card.
        ringed: fingers go through rings; otherwise it is held like a pencil.
        pen_like: one straight piece that is held by its sides.
        point_names: of the points that can be labelled, in the order of ``articulate``; empty
            where a shape has none.
    """

    name: str = ""
    category_id: int | None = None
    opening_range: tuple[float, float] = (0.0, 0.0)
    parameters: dict
    ringed: bool = False
    pen_like: bool = False
    point_names: tuple[str, ...] = ()

    @property
    def category(self) -> Category | None:
        """What it is labelled as: a built-in category, unless a model file says otherwise."""
        return None if self.category_id is None else SURGICAL.get(self.category_id)

    def draw(self, rng: np.random.Generator) -> "InstrumentModel":
        """One instrument of this model; a single 3D model always gives itself."""
        return self

    def articulate(self, opening: float) -> Articulated:
        """Pose the instrument.

        Args:
            opening: radians between the two jaws, blades or arms.
        """
        raise NotImplementedError(f"{type(self).__name__} does not say how it is posed")

    def held_points(self, opening: float) -> np.ndarray | None:
        """(5, 3) points by which hands hold it, in the order of keypoints, or None."""
        posed = self.articulate(opening)
        if posed.keypoints is not None or not self.pen_like:
            return posed.keypoints
        y = np.concatenate([part.vertices for part in posed.parts])[:, 1]
        low, high = y.min(), y.max()
        aside = np.array([[0, 0, 0], [-0.003, 0, 0], [-0.001, 0, 0], [0.003, 0, 0], [0.001, 0, 0]])
        at = np.array([low, (low + high) / 2, high, (low + high) / 2, high])
        return aside + at[:, None] * [0, 1, 0]

    def rest_rotations(self, opening: float | None = None) -> list[np.ndarray]:
        """Stable poses on a table, z up: lying on one flat side or the other.

        Args:
            opening: some poses depend on it; the middle of the range when None.

        Returns:
            (3, 3) rotations of the model frame.
        """
        return [np.eye(3), rotation("y", np.pi)]


def rotation(axis: str, angle: float) -> np.ndarray:
    """(3, 3) right-handed rotation about a coordinate axis, ``angle`` in radians."""
    i = "xyz".index(axis)
    j, k = (i + 1) % 3, (i + 2) % 3
    matrix = np.eye(3)
    matrix[[j, k], [j, k]] = np.cos(angle)
    matrix[k, j], matrix[j, k] = np.sin(angle), -np.sin(angle)
    return matrix
