"""Everything that touches BlenderProc's start-up and Cycles' settings.

BlenderProc refuses to be imported outside Blender's own Python. Its parts do work under the
``bpy`` wheel when it is told that it runs in its own start script, and when ``init``'s switch of
the user-interface language, which the wheel does not have, is left out. The same code runs under
``blenderproc run``.

Cost of one frame at 416x416 on one core: about 0.15 s fixed, 0.2 s a sample, 0.1 s denoising.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_INSIDE = "INSIDE_OF_THE_INTERNAL_BLENDER_PYTHON_ENVIRONMENT"
if _INSIDE not in os.environ:
    os.environ["OUTSIDE_OF_THE_INTERNAL_BLENDER_PYTHON_ENVIRONMENT_BUT_IN_RUN_SCRIPT"] = "1"

import blenderproc  # noqa: E402, F401
import bpy  # noqa: E402
from blenderproc.python.renderer import RendererUtility  # noqa: E402
from blenderproc.python.utility import Initializer  # noqa: E402
from mathutils import Vector  # noqa: E402

_PASSES = ("Image", "IndexOB", "Depth")


@dataclass(frozen=True)
class Rendered:
    """What one render gives; arrays are top row first.

    Attributes:
        color: (H, W, 4) linear light, alpha premultiplied.
        index: (H, W) pass index of the object each pixel's first ray hit, 0 for none.
        depth: (H, W) meters along the optical axis, empty pixels far beyond the scene.
    """

    color: np.ndarray
    index: np.ndarray
    depth: np.ndarray


def start_blenderproc() -> None:
    """What ``blenderproc.init`` does, without the switch of the interface's language."""
    with silence():
        bpy.ops.wm.read_factory_settings(use_empty=True)
        Initializer.clean_up(clean_up_camera=True)
        bpy.context.scene.render.engine = "CYCLES"
        Initializer._Initializer.set_default_parameters()


def start_blender(threads: int = 1) -> None:
    """Make an empty Cycles scene set up for many small, quick frames."""
    start_blenderproc()
    with silence():
        RendererUtility.set_cpu_threads(threads)
        RendererUtility.set_light_bounces(
            diffuse_bounces=2,
            glossy_bounces=3,
            max_bounces=4,
            transmission_bounces=0,
            transparent_max_bounces=4,
            volume_bounces=0,
            ao_bounces_render=0,
        )
    scene = bpy.context.scene
    cycles = scene.cycles
    cycles.device = "CPU"
    cycles.use_light_tree = False
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.use_adaptive_sampling = False  # checking costs more than it saves at 8 samples
    cycles.sample_clamp_indirect = 4.0
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = "NONE"
    cycles.denoising_quality = "FAST"
    # A frame must not depend on the frame before it, so nothing is kept between frames.
    scene.render.use_persistent_data = False
    scene.view_settings.view_transform = "Raw"
    layer = scene.view_layers[0]
    layer.use_pass_object_index = layer.use_pass_z = True
    layer.use_pass_normal = layer.use_pass_diffuse_color = False
    layer.cycles.use_denoising = True
    layer.cycles.denoising_store_passes = False
    _wire_outputs()


def clear() -> None:
    """Remove every object, mesh, material, light and image of the last frame."""
    data = bpy.data
    camera = bpy.context.scene.camera
    for thing in list(data.objects):
        if thing is not camera:
            data.objects.remove(thing, do_unlink=True)
    for table in (data.meshes, data.materials, data.lights, data.images, data.node_groups):
        for thing in list(table):
            if table is not data.images or thing.type not in ("RENDER_RESULT", "COMPOSITING"):
                table.remove(thing, do_unlink=True)
    world = bpy.context.scene.world
    world.use_nodes = True
    world.node_tree.nodes.clear()
    # The automatic importance map of the sky takes 0.8 s a frame to build, this one 10 ms.
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = 128


def render(samples: int, seed: int, transparent: bool = False, denoise: bool = True) -> Rendered:
    """Render the scene as it stands."""
    scene = bpy.context.scene
    scene.cycles.samples = samples
    scene.cycles.seed = seed
    scene.cycles.use_denoising = denoise
    scene.render.film_transparent = transparent
    scene.render.use_border = False
    with tempfile.TemporaryDirectory(prefix="surgtools-render-") as folder:
        scene.node_tree.nodes["files"].base_path = folder
        with silence():
            bpy.ops.render.render()
        color, index, depth = (_read_pass(folder, name) for name in _PASSES)
    return Rendered(color, np.rint(index[..., 0]).astype(np.int32), depth[..., 0])


def ray_hit(origin: np.ndarray, direction: np.ndarray) -> tuple[float, str] | None:
    """Distance in meters and name of the first surface a ray meets; None when it meets none."""
    scene = bpy.context.scene
    graph = bpy.context.evaluated_depsgraph_get()
    hit, place, _, _, thing, _ = scene.ray_cast(graph, Vector(origin), Vector(direction))
    return ((place - Vector(origin)).length, thing.name) if hit else None


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Keep Blender's C code from printing; only this process's standard output is affected."""
    keep = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(null, 1)
        yield
    finally:
        os.dup2(keep, 1)
        os.close(keep)
        os.close(null)


def _wire_outputs() -> None:
    scene = bpy.context.scene
    scene.use_nodes = True
    tree = scene.node_tree
    tree.nodes.clear()
    layers = tree.nodes.new("CompositorNodeRLayers")
    files = tree.nodes.new("CompositorNodeOutputFile")
    files.name = "files"
    files.format.file_format = "OPEN_EXR"
    files.format.color_mode = "RGBA"
    files.format.color_depth = "32"
    files.format.exr_codec = "NONE"
    files.file_slots.clear()
    for name in _PASSES:
        files.file_slots.new(name)
        tree.links.new(layers.outputs[name], files.inputs[name])


def _read_pass(folder: str, name: str) -> np.ndarray:
    (path,) = Path(folder).glob(f"{name}*.exr")
    image = bpy.data.images.load(str(path))
    pixels = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(pixels)
    width, height = image.size
    bpy.data.images.remove(image)
    return pixels.reshape(height, width, 4)[::-1].copy()
