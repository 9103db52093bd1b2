"""Bring your own: a small YAML beside ``.obj``, ``.stl`` or ``.ply`` files.

    category: needle_holder
    units: mm                        # m, cm, mm or inch
    parts:
      left_half: {mesh: left.stl, material: steel}
      right_half: {mesh: right.stl, turn: 0.5}       # share of the opening; left... has -0.5
    hinge: {point: [0, 0, 0], axis: [0, 0, 1]}
    opening: {min: 0, max: 60, shown: 0}             # degrees; shown is the one in the files
    keypoints:
      joint: [0, 0, 0]
      left_tip: {at: [-1, 40, 0], part: right_half}  # the part it moves with
      ...

Directions are free: the frame is taken from the keypoints and the hinge. A category without an
axis has none: there the instrument points along Y and lies flat across Z, as the file has it.
``categories`` says how a file defines a new category.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import trimesh
import yaml

from data_gen.instruments.categories import category_in
from data_gen.instruments.described import Described, Hinge, Point, default_turn
from data_gen.instruments.model import Part
from data_gen.instruments.shape_files import LabelledShape, read_shape
from data_gen.materials import MATERIALS
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Taxonomy

MESHES = (".obj", ".stl", ".ply")
UNITS = {"m": 1.0, "cm": 0.01, "mm": 0.001, "inch": 0.0254}
_KEYS = ("category", "units", "parts", "hinge", "opening", "keypoints")
_CREASE = np.radians(35)  # edges sharper than this stay sharp


def read_mesh_file(path: Path, taxonomy: Taxonomy = SURGICAL) -> Described | LabelledShape:
    """Read the YAML, or the YAML of the same name beside a mesh.

    Args:
        taxonomy: the categories that the file may name.

    Returns:
        What the file describes; a model where it names one of the generator's own shapes.

    Raises:
        InputError: anything missing, unknown or unreadable; the message names file and key.
    """
    path = _find_yaml(path)
    content = _read_yaml(path)
    points = content.get("keypoints") or {}
    category = category_in(
        content["category"], points if isinstance(points, Mapping) else (), taxonomy, path
    )
    if "shape" in content:
        return read_shape(content, path, category)
    scale = _choice(content, "units", UNITS, path)
    entries = _mapping(content.get("parts"), path, "parts")
    parts, turns = [], []
    for name, entry in entries.items():
        entry = {"mesh": entry} if isinstance(entry, str) else entry
        entry = _mapping(entry, path, f"parts.{name}")
        _refuse_unknown(entry, ("mesh", "material", "turn", "smooth"), path, f"parts.{name}.")
        parts.append(_part(str(name), entry, path, scale))
        turn = entry.get("turn", default_turn(str(name)))
        turns.append(_number(turn, path, f"parts.{name}.turn"))
    return Described(
        path=path,
        category=category,
        parts=parts,
        turns=turns,
        keypoints=_keypoints(content, path, scale),
        hinge=_hinge(content, path, scale),
        opening=_opening(content, path),
        units=str(content["units"]),
        materials={part.name: part.material for part in parts},
    ).check()


def files_of_mesh(path: Path) -> list[Path]:
    """The YAML that ``read_mesh_file`` reads, and the meshes that it names.

    Raises:
        InputError: the YAML is missing or unreadable.
    """
    path = _find_yaml(path)
    parts = _mapping(_read_yaml(path).get("parts") or {}, path, "parts")
    names = [entry["mesh"] if isinstance(entry, Mapping) else entry for entry in parts.values()]
    return [path, *(path.parent / str(name) for name in names)]


def _find_yaml(path: Path) -> Path:
    """The file itself, or the YAML beside a mesh."""
    if path.suffix.lower() not in MESHES:
        return path
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    beside = [path.with_suffix(s) for s in (".yaml", ".yml")]
    found = [file for file in beside if file.is_file()]
    if not found:
        raise InputError(
            f"{path}: keypoints are not known; write {beside[0].name} beside it, "
            "see data_gen/instruments/mesh_files.py"
        )
    return found[0]


def _read_yaml(path: Path) -> dict:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path") from error
    except (OSError, ValueError, LookupError, TypeError, RecursionError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"{path}: is no readable YAML ({reason}); correct it") from error
    content = _mapping(content, path, "the file")
    of_meshes = "shape" not in content
    if of_meshes:
        _refuse_unknown(content, _KEYS, path, "")
    for key in ("category", "units", "parts", "keypoints") if of_meshes else ("category",):
        if key not in content:
            raise InputError(f"{path}: key {key!r} is missing; see instruments/mesh_files.py")
    return content


def _part(name: str, entry: Mapping, path: Path, scale: float) -> Part:
    if "mesh" not in entry:
        raise InputError(f"{path}: parts.{name}.mesh is missing; name an obj, stl or ply file")
    file = path.parent / str(entry["mesh"])
    if file.suffix.lower() not in MESHES or not file.is_file():
        raise InputError(
            f"{path}: parts.{name}.mesh: {entry['mesh']} is no {', '.join(MESHES)} file beside it"
        )
    material = entry.get("material", "steel")
    if material not in MATERIALS:
        raise InputError(
            f"{path}: parts.{name}.material {material!r} is unknown; "
            f"use one of {', '.join(MATERIALS)}"
        )
    try:
        mesh = trimesh.load(file, force="mesh")
    except Exception as error:  # trimesh raises whatever its many parsers raise
        raise InputError(f"{file}: is no readable mesh ({error}); export it again") from error
    if not isinstance(mesh, trimesh.Trimesh) or len(mesh.faces) == 0:
        raise InputError(f"{file}: part {name!r} has no faces; export it as a mesh of faces")
    if not np.isfinite(mesh.vertices).all():
        raise InputError(f"{file}: part {name!r} has a vertex that is no number; export it again")
    smooth = bool(entry.get("smooth", True))
    if smooth:
        mesh = trimesh.graph.smooth_shade(mesh, angle=_CREASE)
    faces = [tuple(face) for face in mesh.faces.tolist()]
    return Part(name, np.asarray(mesh.vertices) * scale, faces, material, smooth)


def _keypoints(content: Mapping, path: Path, scale: float) -> dict[str, Point]:
    points = {}
    for name, entry in _mapping(content["keypoints"] or {}, path, "keypoints").items():
        entry = entry if isinstance(entry, Mapping) else {"at": entry}
        where = f"keypoints.{name}"
        _refuse_unknown(entry, ("at", "part", "radius"), path, f"{where}.")
        radius = entry.get("radius")
        points[str(name)] = Point(
            at=_vector(entry.get("at"), path, f"{where}.at") * scale,
            part=None if entry.get("part") is None else str(entry["part"]),
            radius=None if radius is None else _number(radius, path, f"{where}.radius") * scale,
        )
    return points


def _hinge(content: Mapping, path: Path, scale: float) -> Hinge | None:
    if content.get("hinge") is None:
        return None
    entry = _mapping(content["hinge"], path, "hinge")
    _refuse_unknown(entry, ("point", "axis"), path, "hinge.")
    axis = _vector(entry.get("axis"), path, "hinge.axis")
    length = np.linalg.norm(axis)
    if length == 0:
        raise InputError(f"{path}: hinge.axis is [0, 0, 0]; give the direction of the pin")
    return Hinge(_vector(entry.get("point"), path, "hinge.point") * scale, axis / length)


def _opening(content: Mapping, path: Path) -> tuple[float, float, float]:
    entry = _mapping(content.get("opening") or {}, path, "opening")
    _refuse_unknown(entry, ("min", "max", "shown"), path, "opening.")
    low, high, shown = (
        np.radians(_number(entry.get(key, 0.0), path, f"opening.{key}"))
        for key in ("min", "max", "shown")
    )
    return float(low), float(high), float(shown)


def _choice(content: Mapping, key: str, choices: Mapping, path: Path) -> Any:
    if not isinstance(content[key], str) or content[key] not in choices:
        known = ", ".join(choices)
        raise InputError(f"{path}: {key} is {content[key]!r}; use one of {known}")
    return choices[content[key]]


def _mapping(value: Any, path: Path, where: str) -> Mapping:
    if not isinstance(value, Mapping):
        raise InputError(f"{path}: {where} is {value!r}; a mapping of keys is expected")
    return value


def _refuse_unknown(entry: Mapping, known: tuple[str, ...], path: Path, where: str) -> None:
    for key in entry:
        if key not in known:
            raise InputError(f"{path}: key '{where}{key}' is unknown; use {', '.join(known)}")


def _vector(value: Any, path: Path, where: str) -> np.ndarray:
    try:
        vector = np.array(value, dtype=float)
    except (TypeError, ValueError):
        vector = np.zeros(0)
    if vector.shape != (3,) or not np.isfinite(vector).all():
        raise InputError(f"{path}: {where} is {value!r}; three numbers are expected")
    return vector


def _number(value: Any, path: Path, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not np.isfinite(value):
        raise InputError(f"{path}: {where} is {value!r}; a number is expected")
    return float(value)
