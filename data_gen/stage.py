"""Put a scene on Blender's stage: meshes, materials, ground, sky and lamps."""

from dataclasses import replace

import bpy
import numpy as np
from mathutils import Vector

from data_gen import blender, blender_contents
from data_gen.bodies import Body, Surface
from data_gen.materials import apply_material
from data_gen.materials.nodes import stain
from data_gen.scene import Scene
from data_gen.surroundings import Ground, Lamp

GROUND = "ground"


def build_stage(scene: Scene, catch_shadows: bool = False) -> None:
    """Replace whatever Blender holds by this scene.

    Args:
        catch_shadows: the ground only receives shadows and is otherwise transparent.
    """
    blender.clear()
    blender_contents.set_camera(scene.camera, scene.to_world, scene.focus, scene.f_number)
    blender_contents.set_sky(scene.sky, scene.sky_strength)
    for i, lamp in enumerate(scene.lamps):
        _add_lamp(f"lamp{i}", lamp)
    if scene.ground:
        thing = _add_ground(scene.ground)
        thing.is_shadow_catcher = catch_shadows
    for body in scene.bodies:
        add_body(_seen_by(scene, body), index_of(scene, body))
    refresh()


def add_body(body: Body, index: int) -> None:
    """Add the objects ``BODY.PART`` of one body."""
    for part in body.parts:
        name = f"{body.name}.{part.name}"
        thing = blender_contents.add_mesh(
            name, part.vertices, part.faces, body.pose, index=index, smooth=part.smooth
        )
        if body.surface is not None:
            _apply_surface(thing, body.surface)
        else:
            apply_material(thing, part.material, body.look)


def remove_body(name: str) -> None:
    """Take one body off the stage."""
    for thing in list(bpy.data.objects):
        if thing.name.startswith(f"{name}."):
            bpy.data.objects.remove(thing, do_unlink=True)


def refresh() -> None:
    """Make ray casts see what was added or removed."""
    bpy.context.view_layer.update()


def index_of(scene: Scene, body: Body) -> int:
    """Pass index of a body: instruments count from 1, then the others; the ground is 0."""
    return [other.name for other in scene.bodies].index(body.name) + 1


def _seen_by(scene: Scene, body: Body) -> Body:
    """The body with the look it has at its distance from the camera."""
    if body.look is None:
        return body
    distance = float(scene.to_camera(body.vertices())[:, 2].min())
    return replace(body, look=body.look.seen_at(max(distance, 0.01) / scene.camera.fx))


def _apply_surface(thing: "bpy.types.Object", surface: Surface) -> None:
    shader = _new_shader(thing)
    shader.inputs["Base Color"].default_value = (*_to_linear(surface.color), 1.0)
    if surface.blood > 0:
        stain(thing.active_material.node_tree, surface)
    shader.inputs["Roughness"].default_value = surface.roughness
    shader.inputs["Metallic"].default_value = surface.metallic


def _add_ground(ground: Ground) -> "bpy.types.Object":
    count = 2 if ground.heights is None else len(ground.heights)
    side = np.linspace(-ground.half, ground.half, count)
    x, y = np.meshgrid(side, side)
    z = np.zeros_like(x) if ground.heights is None else _fit_heights(ground, side)
    grid = np.arange(count * count).reshape(count, count)
    quads = np.stack([grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1]], axis=-1)
    thing = blender_contents.add_mesh(
        GROUND,
        np.stack([x, y, z], axis=-1).reshape(-1, 3),
        quads.reshape(-1, 4).tolist(),
        np.eye(4),
    )
    shader = _new_shader(thing)
    tree = thing.active_material.node_tree
    places = tree.nodes.new("ShaderNodeTexCoord")
    mapping = tree.nodes.new("ShaderNodeMapping")
    mapping.inputs["Scale"].default_value = (0.5 / ground.half, 0.5 / ground.half, 0)
    mapping.inputs["Location"].default_value = (0.5, 0.5, 0)
    texture = tree.nodes.new("ShaderNodeTexImage")
    texture.image = blender_contents.add_texture(GROUND, ground.picture, linear=False)
    texture.extension = "EXTEND"
    tree.links.new(places.outputs["Object"], mapping.inputs["Vector"])
    tree.links.new(mapping.outputs["Vector"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = ground.roughness
    shader.inputs["Specular IOR Level"].default_value = ground.specular
    if ground.bump > 0:
        bump = tree.nodes.new("ShaderNodeBump")
        bump.inputs["Strength"].default_value = ground.bump
        bump.inputs["Distance"].default_value = 0.002
        tree.links.new(texture.outputs["Color"], bump.inputs["Height"])
        tree.links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return thing


def _fit_heights(ground: Ground, side: np.ndarray) -> np.ndarray:
    """Heights span the inner 0.9 m in ``HeightField``; sample them there, hold them outside."""
    count = len(ground.heights)
    index = np.clip((side + 0.45) / 0.9 * (count - 1), 0, count - 1)
    low = np.floor(index).astype(int)
    high = np.minimum(low + 1, count - 1)
    t = index - low
    rows = ground.heights[low] * (1 - t)[:, None] + ground.heights[high] * t[:, None]
    return rows[:, low] * (1 - t) + rows[:, high] * t


def _add_lamp(name: str, lamp: Lamp) -> None:
    light = bpy.data.lights.new(name, "SPOT" if lamp.spread else "POINT")
    light.shadow_soft_size = lamp.size
    light.color = lamp.color.tolist()
    # A lamp of P watts gives white paper at distance d the radiance P / (4 pi^2 d^2).
    light.energy = lamp.strength * 4 * np.pi**2 * float(lamp.place @ lamp.place)
    thing = bpy.data.objects.new(name, light)
    thing.location = lamp.place.tolist()
    if lamp.spread:
        light.spot_size = 2 * float(np.arctan2(lamp.spread, np.linalg.norm(lamp.place)))
        light.spot_blend = lamp.softness
        thing.rotation_mode = "QUATERNION"
        thing.rotation_quaternion = Vector(lamp.place.tolist()).to_track_quat("Z", "Y")
    bpy.context.scene.collection.objects.link(thing)


def _new_shader(thing: "bpy.types.Object") -> "bpy.types.ShaderNodeBsdfPrincipled":
    material = bpy.data.materials.new(thing.name)
    material.use_nodes = True
    thing.data.materials.append(material)
    return material.node_tree.nodes["Principled BSDF"]


def _to_linear(color: np.ndarray) -> np.ndarray:
    return np.asarray(color, dtype=float) ** 2.2
