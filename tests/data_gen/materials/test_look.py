import numpy as np
import pytest

from data_gen.materials import MATERIALS, sample_look
from surgtools.errors import InputError


def test_looks_differ_by_seed_and_repeat_by_seed():
    first, again, other = (sample_look(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_a_finish_narrows_its_ranges():
    polished = [sample_look(np.random.default_rng(s), {"finish": "polished"}) for s in range(20)]
    worn = [sample_look(np.random.default_rng(s), {"finish": "worn"}) for s in range(20)]
    assert max(look.roughness for look in polished) < min(look.roughness for look in worn)


@pytest.mark.blender
def test_equal_key_and_look_share_one_material():
    bpy = pytest.importorskip("bpy")
    from data_gen.materials.nodes import build_material

    look = sample_look(np.random.default_rng(0))
    for key in MATERIALS:
        first, second = build_material(key, look), build_material(key, look)
        assert first == second
    other = build_material("steel", sample_look(np.random.default_rng(1)))
    assert other != build_material("steel", look)
    shader = bpy.data.materials[other.name].node_tree.nodes["Principled BSDF"]
    assert shader.inputs["Metallic"].default_value == 1.0


@pytest.mark.blender
def test_an_unknown_material_is_named():
    pytest.importorskip("bpy")
    from data_gen.materials.nodes import build_material

    with pytest.raises(InputError, match="'wood' is unknown; use one of steel"):
        build_material("wood", sample_look(np.random.default_rng(0)))
