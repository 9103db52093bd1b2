"""Bring your own: a ``.blend`` whose empties are named as the keypoints of a category.

Every mesh object is a part. An empty that is a child of a mesh moves with it. An empty named
``hinge`` marks the pin, its Z the axis; its custom properties ``opening_min``, ``opening_max``
and ``opening_shown`` are degrees. A mesh turns by the share of the opening in its custom property
``turn``; without one, meshes named left... and right... turn by a half each.
"""

from pathlib import Path

import bpy
import numpy as np

from data_gen.instruments.described import Described, Hinge, Point, default_turn
from data_gen.instruments.model import Part
from data_gen.materials import MATERIALS
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Category, Taxonomy


def read_blend_file(path: Path, taxonomy: Taxonomy = SURGICAL) -> Described:
    """Read parts, empties and hinge; the open scene is left as it is.

    Args:
        taxonomy: of whose categories one has the keypoints that the empties name.

    Raises:
        InputError: no Blender file, no mesh, missing or unknown keypoint empties.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file; check the path")
    scene = bpy.data.scenes.new("reading")
    objects = []
    try:
        with bpy.data.libraries.load(str(path.resolve())) as (source, target):
            target.objects = source.objects
        objects = [item for item in target.objects if item is not None]
        for item in objects:
            scene.collection.objects.link(item)
        scene.view_layers[0].update()
        return _describe(path, scene, objects, taxonomy)
    except OSError as error:
        raise InputError(f"{path}: is no Blender file that can be read; save it again") from error
    finally:
        for item in objects:
            bpy.data.objects.remove(item)
        bpy.data.scenes.remove(scene)


def _describe(path: Path, scene, objects: list, taxonomy: Taxonomy) -> Described:
    objects = sorted(objects, key=lambda item: item.name)
    meshes = [item for item in objects if item.type == "MESH"]
    empties = {_plain(item.name): item for item in objects if item.type == "EMPTY"}
    hinge_empty = empties.pop("hinge", None)
    graph = scene.view_layers[0].depsgraph
    parts = [_part(item, graph) for item in meshes]
    turns = [_number(item, "turn", default_turn(item.name), path) for item in meshes]
    hinge, opening = None, (0.0, 0.0, 0.0)
    if hinge_empty is not None:
        matrix = np.array(hinge_empty.matrix_world)
        axis = matrix[:3, 2] / np.linalg.norm(matrix[:3, 2])
        hinge = Hinge(matrix[:3, 3], axis)
        keys = [f"opening_{key}" for key in ("min", "max", "shown")]
        shown = [_number(hinge_empty, key, 0.0, path) for key in keys]
        opening = tuple(np.radians(shown).tolist())
    return Described(
        path=path,
        category=_category(path, set(empties), taxonomy),
        parts=parts,
        turns=turns,
        keypoints={name: _point(item) for name, item in empties.items()},
        hinge=hinge,
        opening=opening,
        units="m",  # Blender stores meters, whatever it displays
        materials={part.name: part.material for part in parts},
    ).check()


def _number(item, key: str, default: float, path: Path) -> float:
    """A custom property of an object."""
    value = item.get(key, default)
    if not isinstance(value, int | float) or not np.isfinite(value):
        shown = value.to_list() if hasattr(value, "to_list") else value
        raise InputError(f"{path}: {item.name}: {key} is {shown!r}; a number is expected")
    return float(value)


def _part(item, graph) -> Part:
    evaluated = item.evaluated_get(graph)
    mesh = evaluated.to_mesh()
    vertices = np.empty(len(mesh.vertices) * 3)
    mesh.vertices.foreach_get("co", vertices)
    matrix = np.array(item.matrix_world)
    vertices = vertices.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
    faces = [tuple(polygon.vertices) for polygon in mesh.polygons]
    if np.linalg.det(matrix[:3, :3]) < 0:  # a mirrored object turns its faces inside out
        faces = [face[::-1] for face in faces]
    smooth = bool(mesh.polygons) and all(polygon.use_smooth for polygon in mesh.polygons)
    material = item.active_material.name.lower() if item.active_material else "steel"
    key = next((known for known in MATERIALS if material.startswith(known)), "steel")
    evaluated.to_mesh_clear()
    return Part(item.name, vertices, faces, key, smooth)


def _point(item) -> Point:
    parent = item.parent.name if item.parent is not None and item.parent.type == "MESH" else None
    return Point(np.array(item.matrix_world)[:3, 3], parent)


def _plain(name: str) -> str:
    """``tweezers.left_tip`` and Blender's ``left_tip.001`` both mean ``left_tip``."""
    words = [word for word in name.split(".") if not word.isdigit()]
    return words[-1] if words else name


def _category(path: Path, names: set[str], taxonomy: Taxonomy) -> Category:
    """The category that shares most keypoint names with the empties."""
    posed = [own for own in taxonomy.categories if own.num_keypoints]
    shared = [len(names & set(own.keypoints)) / own.num_keypoints for own in posed]
    if not any(shared):
        every = "; ".join(f"{own.name}: {', '.join(own.keypoints)}" for own in posed)
        raise InputError(f"{path}: no empty is named as a keypoint; expected are {every}")
    return posed[int(np.argmax(shared))]
