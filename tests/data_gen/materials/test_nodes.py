import numpy as np
import pytest

from data_gen.materials import MATERIALS, apply_material, sample_look
from surgtools.errors import InputError

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy")

from data_gen.materials.nodes import build_material  # noqa: E402


def test_equal_key_and_look_share_one_material():
    look = sample_look(np.random.default_rng(0))
    for key in MATERIALS:
        first, second = build_material(key, look), build_material(key, look)
        assert first == second
    other = build_material("steel", sample_look(np.random.default_rng(1)))
    assert other != build_material("steel", look)
    shader = bpy.data.materials[other.name].node_tree.nodes["Principled BSDF"]
    assert shader.inputs["Metallic"].default_value == 1.0


def test_an_unknown_material_is_named():
    with pytest.raises(InputError, match="'wood' is unknown; use one of steel"):
        build_material("wood", sample_look(np.random.default_rng(0)))


def test_an_object_wears_one_material():
    mesh = bpy.data.meshes.new("thing")
    mesh.materials.append(bpy.data.materials.new("old"))
    thing = bpy.data.objects.new("thing", mesh)
    look = sample_look(np.random.default_rng(0))
    apply_material(thing, "gold", look)
    assert [m.name for m in thing.data.materials] == [build_material("gold", look).name]
    bpy.data.objects.remove(thing)
