"""Render a grid of sampled instruments, seen from above on a grey table.

python -m data_gen.instruments.contact_sheet --kinds tweezers scissors --out sheet.png
"""

import argparse
from pathlib import Path

import bpy
import cv2
import numpy as np

from data_gen.instruments import KINDS, InstrumentModel, sample_instrument
from data_gen.instruments.photographs import read_cells
from data_gen.materials import Look, apply_material, sample_look
from surgtools.errors import InputError
from surgtools.files import write_whole


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--rows", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--cell", type=int, default=300, help="pixels of one instrument's cell")
    parser.add_argument("--side", type=float, default=0.26, help="meters across a cell")
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--photographs", type=Path, help="folder of real pictures to show on top")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/contact_sheet.png"))
    args = parser.parse_args()
    try:
        cells = None
        if args.photographs is not None:  # a wrong folder is told before rendering
            rng = np.random.default_rng(args.seed)
            cells = read_cells(args.photographs, args.columns, args.cell, rng)
        render_sheet(args)
        if cells is not None:
            _put_on_top(cells, args.out)
    except InputError as error:
        parser.error(str(error))


def render_sheet(args: argparse.Namespace) -> None:
    """One scene holds the whole grid, so that a sheet is one render."""
    rng = np.random.default_rng(args.seed)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    cell = args.side
    width, height = args.columns * cell, args.rows * cell
    for index in range(args.columns * args.rows):
        model = sample_instrument(args.kinds[index % len(args.kinds)], rng)
        row, column = divmod(index, args.columns)
        center = np.array([(column + 0.5) * cell - width / 2, height / 2 - (row + 0.5) * cell, 0])
        _place(model, sample_look(rng), center, 0.92 * cell, rng)
    _table_and_light(max(width, height))
    _camera(width, height)
    _render(args, width, height)


def _put_on_top(cells: np.ndarray, sheet: Path) -> None:
    """Add a row of photographs to a rendered sheet."""
    rendered = cv2.imread(str(sheet))
    row = np.zeros((cells.shape[1], *rendered.shape[1:]), np.uint8)
    row[:, : len(cells) * cells.shape[2]] = np.hstack(list(cells))
    with write_whole(sheet) as part:
        cv2.imwrite(str(part), np.vstack([row, rendered]))


def _place(
    model: InstrumentModel,
    look: Look,
    center: np.ndarray,
    room: float,
    rng: np.random.Generator,
) -> None:
    """Lay one instrument on the table, turned at random, shrunk if it does not fit its cell."""
    opening = rng.uniform(*model.opening_range) * rng.choice([0.0, 0.3, 1.0])
    posed = model.articulate(opening)
    rests = model.rest_rotations(opening)
    rest = rests[int(rng.integers(len(rests)))]
    angle = rng.uniform(0, 2 * np.pi)
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ rest
    every = np.concatenate([part.vertices for part in posed.parts]) @ turn.T
    low, high = every.min(axis=0), every.max(axis=0)
    scale = min(1.0, room / (high - low)[:2].max())
    shift = np.array([*(low + high)[:2] / 2, low[2]])
    for part in posed.parts:
        mesh = bpy.data.meshes.new(part.name)
        mesh.from_pydata(part.vertices.tolist(), [], part.faces)
        mesh.shade_smooth() if part.smooth else mesh.shade_flat()
        item = bpy.data.objects.new(part.name, mesh)
        matrix = np.eye(4)
        matrix[:3, :3] = turn * scale
        matrix[:3, 3] = center - shift * scale
        item.matrix_world = matrix.T.tolist()
        bpy.context.scene.collection.objects.link(item)
        apply_material(item, part.material, look)


def _table_and_light(size: float) -> None:
    bpy.ops.mesh.primitive_plane_add(size=40 * size)
    table = bpy.data.materials.new("table")
    table.use_nodes = True
    shader = table.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (0.30, 0.31, 0.30, 1)
    shader.inputs["Roughness"].default_value = 0.6
    bpy.context.object.data.materials.append(table)
    world = bpy.data.worlds.new("room")
    bpy.context.scene.world = world
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.30, 0.31, 0.33, 1)
    for x, y, power in ((0.5, 0.8, 14.0), (-0.9, 0.1, 6.0), (0.2, -1.0, 3.0)):
        bpy.ops.object.light_add(type="AREA", location=(x * size, y * size, 0.9 * size))
        lamp = bpy.context.object
        lamp.data.energy = power * size**2
        lamp.data.size = 0.5 * size
        lamp.rotation_euler = (-np.arctan2(y, 0.9), np.arctan2(x, 0.9), 0)


def _camera(width: float, height: float) -> None:
    bpy.ops.object.camera_add(location=(0, 0, 1.5))
    camera = bpy.context.object
    camera.data.type = "ORTHO"
    camera.data.ortho_scale = max(width, height)
    bpy.context.scene.camera = camera


def _render(args: argparse.Namespace, width: float, height: float) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = args.samples
    scene.cycles.use_denoising = True
    scene.cycles.max_bounces = 4
    scene.render.threads_mode, scene.render.threads = "FIXED", args.threads
    scene.render.resolution_x = args.columns * args.cell
    scene.render.resolution_y = args.rows * args.cell
    scene.view_settings.view_transform = "Standard"
    args.out.parent.mkdir(parents=True, exist_ok=True)
    scene.render.filepath = str(args.out.resolve())
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main()
