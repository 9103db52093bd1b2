"""Put things into Blender's scene: meshes, textures, the sky, the camera.

Shapes: V vertices.
"""

from collections.abc import Sequence
from itertools import chain

import numpy as np

from data_gen import blender  # noqa: F401  it prepares the import of BlenderProc
from data_gen.camera import RenderCamera

import bpy  # isort: skip
from blenderproc.python.camera import CameraUtility  # isort: skip
from mathutils import Matrix  # isort: skip

_CV_TO_BLENDER = np.diag([1.0, -1.0, -1.0, 1.0])
"""Camera axes x right, y down, z forward to Blender's x right, y up, z backward."""


def add_mesh(
    name: str,
    vertices: np.ndarray,
    faces: Sequence[Sequence[int]],
    matrix: np.ndarray,
    index: int = 0,
    smooth: bool = True,
) -> "bpy.types.Object":
    """Add an object.

    Args:
        vertices: (V, 3) meters in the object's frame.
        faces: vertex indices of each polygon.
        matrix: (4, 4) object to world.
        index: what ``Rendered.index`` shows for it.
    """
    mesh = bpy.data.meshes.new(name)
    counts = np.fromiter((len(face) for face in faces), dtype=np.int32, count=len(faces))
    corners = np.fromiter(chain.from_iterable(faces), dtype=np.int32, count=int(counts.sum()))
    mesh.vertices.add(len(vertices))
    mesh.vertices.foreach_set("co", np.ascontiguousarray(vertices, dtype=np.float32).ravel())
    mesh.loops.add(len(corners))
    mesh.loops.foreach_set("vertex_index", corners)
    mesh.polygons.add(len(counts))
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int32)
    mesh.polygons.foreach_set("loop_start", starts)
    mesh.polygons.foreach_set("use_smooth", np.full(len(counts), smooth))
    mesh.update(calc_edges=True)
    thing = bpy.data.objects.new(name, mesh)
    thing.matrix_world = Matrix(np.asarray(matrix).tolist())
    thing.pass_index = index
    bpy.context.scene.collection.objects.link(thing)
    return thing


def add_texture(name: str, pixels: np.ndarray, linear: bool) -> "bpy.types.Image":
    """(H, W, 3) top row first; ``linear`` radiance or sRGB in 0..1."""
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height, float_buffer=linear)
    image.colorspace_settings.name = "Linear Rec.709" if linear else "sRGB"
    rgba = np.ones((height, width, 4), dtype=np.float32)
    rgba[..., :3] = pixels[::-1]
    image.pixels.foreach_set(rgba.ravel())
    image.update()
    return image


def set_sky(pixels: np.ndarray, strength: float) -> None:
    """Light the scene by an equirectangular picture, (H, W, 3) linear radiance."""
    tree = bpy.context.scene.world.node_tree
    texture = tree.nodes.new("ShaderNodeTexEnvironment")
    texture.image = add_texture("sky", pixels, linear=True)
    shader = tree.nodes.new("ShaderNodeBackground")
    shader.inputs["Strength"].default_value = strength
    output = tree.nodes.new("ShaderNodeOutputWorld")
    tree.links.new(texture.outputs["Color"], shader.inputs["Color"])
    tree.links.new(shader.outputs["Background"], output.inputs["Surface"])


def set_camera(
    camera: RenderCamera, to_world: np.ndarray, focus: float = 0.0, f_number: float = 0.0
) -> None:
    """Place the camera.

    Args:
        to_world: (4, 4) camera frame (x right, y down, z forward) to world.
        focus: distance in meters that is sharp; ``f_number`` 0 leaves everything sharp.
    """
    matrix = [[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]]
    CameraUtility.set_intrinsics_from_K_matrix(
        np.array(matrix), camera.width, camera.height, clip_start=0.01, clip_end=50
    )
    thing = bpy.context.scene.camera
    thing.matrix_world = Matrix((np.asarray(to_world) @ _CV_TO_BLENDER).tolist())
    thing.data.dof.use_dof = f_number > 0
    if f_number > 0:
        thing.data.dof.focus_distance = focus
        thing.data.dof.aperture_fstop = f_number
