"""Instruments that users bring: turned into the generator's frame, then like any other model.

model = load_model("my_holder.yaml")      # or .blend, or a mesh with a YAML beside it
print(inspect_model("my_holder.yaml"))
"""

from pathlib import Path

import numpy as np
import trimesh
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from data_gen.instruments.depth import depth_across, triangles
from data_gen.instruments.described import Described
from data_gen.instruments.mesh_files import MESHES
from data_gen.instruments.model import OBLIQUE, Articulated, InstrumentModel, Part
from data_gen.instruments.shape_files import LabelledShape
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Category, Taxonomy

_MARGIN = 0.001  # beyond the surface that surrounds a keypoint, meters


def load_model(path: str | Path, taxonomy: Taxonomy = SURGICAL) -> InstrumentModel:
    """Read a user's instrument.

    Args:
        path: ``.blend``, ``.yaml``, or ``.obj``/``.stl``/``.ply`` with a YAML of the same name.
        taxonomy: the categories that it may name.

    Raises:
        InputError: the file cannot be used; one line names file and key.
    """
    described = _read(Path(path), taxonomy)
    return described if isinstance(described, LabelledShape) else ImportedModel(described)


def inspect_model(path: str | Path, taxonomy: Taxonomy = SURGICAL) -> str:
    """What a model file holds: size, units, materials, parts, watertightness, keypoints.

    Raises:
        InputError: as ``load_model``.
    """
    described = _read(Path(path), taxonomy)
    if isinstance(described, LabelledShape):
        names = ", ".join(described.category.keypoints)
        return (
            f"{described.path}\ncategory   {described.category_id} {described.name}\n"
            f"shape      {described.kind}, another one in every picture\nkeypoints  {names}"
        )
    model = ImportedModel(described)
    posed = model.articulate(described.opening[2])
    size = 1000 * np.ptp(np.concatenate([part.vertices for part in posed.parts]), axis=0)
    low, high = np.degrees(model.opening_range)
    lines = [
        f"{described.path}",
        f"category   {model.category_id} {model.name}",
        f"units      {described.units}",
        f"size       {size[0]:.1f} x {size[1]:.1f} x {size[2]:.1f} mm, tips along the second",
        f"opening    {low:.1f} to {high:.1f} degrees"
        + ("" if described.hinge is not None else ", no hinge: rigid"),
        f"parts      {len(posed.parts)}",
    ]
    for part, turn in zip(posed.parts, described.turns, strict=True):
        solid = _welded(part)
        faulty = _faulty_edges(solid)
        state = f"not watertight, {faulty} edges without two faces" if faulty else "watertight"
        lines.append(
            f"  {part.name}: {len(solid.vertices)} vertices, {len(part.faces)} faces, "
            f"{part.material}, {state}, turns by {turn:+g} of the opening"
        )
    origin = f", mm from {_names(model)[0]}" if _names(model) else ""
    lines.append(f"keypoints  {len(posed.keypoints)}{origin}")
    for name, point, radius in zip(
        _names(model), 1000 * posed.keypoints, 1000 * posed.radii, strict=True
    ):
        x, y, z = point + 0.0
        lines.append(
            f"  {name}: {x:.1f} {y:.1f} {z:.1f}, seen through {radius:.1f} of its own metal"
        )
    return "\n".join(lines)


class ImportedModel(InstrumentModel):
    """Rigid parts, some of which turn about one hinge."""

    category: Category = None

    def __init__(self, described: Described) -> None:
        instrument = self.category = described.category
        self.name, self.category_id = instrument.name, instrument.id
        self.ringed = instrument.name == "needle_holder"
        low, high, self._shown = described.opening
        self.opening_range = (low, high)
        self.parameters = {"file": described.path.name, "parts": len(described.parts)}
        turn, origin = _frame(described)
        self._parts = [
            Part(p.name, (p.vertices - origin) @ turn.T, p.faces, p.material, p.smooth)
            for p in described.parts
        ]
        self._turns = described.turns
        points = [described.keypoints[name] for name in instrument.keypoints]
        at = [(point.at - origin) @ turn.T for point in points]
        self._keypoints = np.array(at, dtype=float).reshape(-1, 3)
        share = dict(zip((p.name for p in described.parts), described.turns, strict=True))
        self._keypoint_turns = [share.get(point.part, 0.0) for point in points]
        self._hinge = None
        if described.hinge is not None:
            point = (described.hinge.point - origin) @ turn.T
            self._hinge = (point, described.hinge.axis @ turn.T)
        self._owners, self._radii = self._surroundings([(p.part, p.radius) for p in points])

    def articulate(self, opening: float) -> Articulated:
        parts = [
            Part(p.name, self._turned(p.vertices, t, opening), p.faces, p.material, p.smooth)
            for p, t in zip(self._parts, self._turns, strict=True)
        ]
        keypoints = np.array(
            [
                self._turned(point[None], t, opening)[0]
                for point, t in zip(self._keypoints, self._keypoint_turns, strict=True)
            ]
        )
        return Articulated(parts, keypoints.reshape(-1, 3), self._radii, self._owners)

    def held_points(self, opening: float) -> np.ndarray | None:
        """Hands know how to hold the built-in categories only."""
        built_in = self.category.keypoints in [own.keypoints for own in SURGICAL.categories]
        return self.articulate(opening).keypoints if built_in else None

    def _turned(self, points: np.ndarray, share: float, opening: float) -> np.ndarray:
        if not share or self._hinge is None:
            return points.copy()
        pin, axis = self._hinge
        turn = Rotation.from_rotvec(axis * share * (opening - self._shown)).as_matrix()
        return (points - pin) @ turn.T + pin

    def _surroundings(self, given: list) -> tuple[tuple[tuple[str, ...], ...], np.ndarray]:
        """The parts around each keypoint, and how deep it lies in them."""
        trees = {p.name: cKDTree(_surface_points(p)) for p in self._parts}
        owners, radii = [], []
        for point, (part, radius) in zip(self._keypoints, given, strict=True):
            distance = {name: float(tree.query(point)[0]) for name, tree in trees.items()}
            nearest = min(distance.values())
            near = tuple(name for name, d in distance.items() if d <= nearest + _MARGIN)
            owners.append((part,) if part is not None else near)
            if radius is None:
                around = [p for p in self._parts if p.name in owners[-1]]
                radius = OBLIQUE * depth_across(around, point) + _MARGIN
            radii.append(radius)
        return tuple(owners), np.array(radii)


def _read(path: Path, taxonomy: Taxonomy) -> Described | LabelledShape:
    suffix = path.suffix.lower()
    if suffix == ".blend":
        from data_gen.instruments.blend_files import read_blend_file  # needs bpy

        return read_blend_file(path, taxonomy)
    if suffix in (".yaml", ".yml", *MESHES):
        from data_gen.instruments.mesh_files import read_mesh_file

        return read_mesh_file(path, taxonomy)
    raise InputError(f"{path}: is no .blend, .yaml, {', '.join(MESHES)}; give one of these")


def _frame(described: Described) -> tuple[np.ndarray, np.ndarray]:
    """Rotation and origin of the generator's frame: tips towards +Y, hinge or flat along Z.

    Without an axis the file's own frame is kept; the origin is the middle of the metal.
    """
    instrument = described.category
    at = {name: point.at for name, point in described.keypoints.items()}
    if not instrument.has_axis:
        every = np.concatenate([part.vertices for part in described.parts])
        return np.eye(3), (every.min(axis=0) + every.max(axis=0)) / 2
    base = np.mean([at[name] for name in instrument.base], axis=0)
    tips = np.mean([at[name] for name in instrument.tips], axis=0)
    forward = tips - base
    if np.linalg.norm(forward) < 1e-6:
        raise InputError(
            f"{described.path}: {', '.join(instrument.tips)} lie on "
            f"{', '.join(instrument.base)}; correct the keypoints"
        )
    forward = forward / np.linalg.norm(forward)
    sides = [at[right] - at[left] for left, right in instrument.swaps]
    across = np.mean(sides or [np.zeros(3)], axis=0)
    if described.hinge is not None:
        up = described.hinge.axis
    elif np.linalg.norm(np.cross(across, forward)) > 1e-4:
        up = np.cross(across, forward)
    else:  # closed and rigid: the flattest direction of the metal
        every = np.concatenate([part.vertices for part in described.parts])
        up = np.linalg.svd(every - every.mean(axis=0), full_matrices=False)[2][2]
    up = up - forward * (up @ forward)
    if np.linalg.norm(up) < 1e-6:
        raise InputError(
            f"{described.path}: hinge.axis runs along the instrument; it must lie across it"
        )
    up = up / np.linalg.norm(up)
    if np.cross(forward, up) @ across < 0:  # left keypoints belong at x < 0
        up = -up
    return np.stack([np.cross(forward, up), forward, up]), at[instrument.keypoints[0]]


def _names(model: InstrumentModel) -> tuple[str, ...]:
    return model.category.keypoints


def _welded(part: Part) -> trimesh.Trimesh:
    """The part as one solid: vertices split for shading are merged again."""
    mesh = trimesh.Trimesh(part.vertices, triangles(part), process=False)
    mesh.merge_vertices(merge_norm=True, merge_tex=True)
    return mesh


def _faulty_edges(mesh: trimesh.Trimesh) -> int:
    _, counts = np.unique(mesh.edges_sorted, axis=0, return_counts=True)
    return int((counts != 2).sum())


def _surface_points(part: Part) -> np.ndarray:
    """Vertices plus a fixed sample of the faces, enough to measure depths by."""
    mesh = trimesh.Trimesh(part.vertices, triangles(part), process=False)
    sample, _ = trimesh.sample.sample_surface(mesh, 2000, seed=0)
    return np.concatenate([part.vertices, sample])
