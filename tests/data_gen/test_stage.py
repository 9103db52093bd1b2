"""The stage: objects by name, each thing by its index, and bodies that come and go."""

import pytest

pytestmark = pytest.mark.blender


def test_a_scene_stands_on_the_stage_as_it_was_sampled(run_in_blender):
    run_in_blender("""
from data_gen.assets import Assets
from data_gen.bodies import sample_object
from data_gen.presets import load_preset, to_namespace
from data_gen.scene import sample_scene
from data_gen.stage import GROUND, add_body, build_stage, remove_body
preset = to_namespace(load_preset('theatre'))
preset.instruments.count_weights = {2: 1}
scene = sample_scene(np.random.default_rng(0), preset, Assets())
build_stage(scene, catch_shadows=True)
objects = {o.name: o for o in blender.bpy.data.objects if o.type == 'MESH'}
expected = {f'{b.name}.{p.name}' for b in scene.bodies for p in b.parts} | {GROUND}
assert set(objects) == expected
assert objects[GROUND].is_shadow_catcher
for i, body in enumerate(scene.instruments):
    for part in body.parts:
        thing = objects[f'{body.name}.{part.name}']
        assert thing.pass_index == i + 1
        assert np.allclose(thing.matrix_world, body.pose, atol=1e-6)
        assert len(thing.data.vertices) == len(part.vertices)
assert scene.others and objects[GROUND].pass_index == 0
for i, body in enumerate(scene.others, start=3):  # after the two instruments
    assert all(objects[f'{body.name}.{part.name}'].pass_index == i for part in body.parts)
add_body(sample_object(np.random.default_rng(0), 'extra', 'box'), 0)
assert 'extra.body' in blender.bpy.data.objects
remove_body('extra')
assert 'extra.body' not in blender.bpy.data.objects
""")
