"""The shader tree: values are written, sockets are linked."""

import pytest

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy")

from data_gen.materials.tree import ShaderTree  # noqa: E402


@pytest.fixture
def tree():
    material = bpy.data.materials.new("tried")
    material.use_nodes = True
    yield ShaderTree(material.node_tree)
    bpy.data.materials.remove(material)


def test_numbers_are_written_and_outputs_are_linked(tree):
    tree.set(Roughness=0.25, Base_Color=tree.noise((1.0, 2.0, 3.0), 0.5))
    inputs = tree.shader.inputs
    assert inputs["Roughness"].default_value == pytest.approx(0.25)
    assert inputs["Base Color"].is_linked and not inputs["Roughness"].is_linked


def test_a_range_is_mapped_between_its_four_numbers(tree):
    tree.ranged(0.5, 0.0, 1.0, 10.0, 20.0)
    (node,) = (n for n in tree.tree.nodes if n.bl_idname == "ShaderNodeMapRange")
    names = ("Value", "From Min", "From Max", "To Min", "To Max")
    assert [node.inputs[name].default_value for name in names] == [0.5, 0.0, 1.0, 10.0, 20.0]
