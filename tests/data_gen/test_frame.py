"""Frames: the picture belongs to its labels, and forced occlusion holds."""

import pytest

pytestmark = pytest.mark.blender


def test_forced_occlusion_hides_a_keypoint_of_every_instrument_and_never_all(run_in_blender):
    run_in_blender("""
from data_gen.assets import Assets
from data_gen.frame import make_frame
from data_gen.presets import load_preset, to_namespace
fast = {'resolution': [96, 72], 'render': {'samples': 1}}
preset = to_namespace(load_preset('forced_occlusion', fast))
annotations = [
    a for i in range(6) for a in make_frame([5, i], preset, Assets()).annotations
]
assert len(annotations) >= 4
hidden = [[v for _, _, v in a['keypoints']] for a in annotations]
# one that is hidden may also lie outside the picture
assert np.mean([1 in v for v in hidden]) > 0.6
assert all(v.count(2) < 5 for v in hidden)
first, again = (make_frame([5, 0], preset, Assets()) for _ in range(2))
assert (first.picture == again.picture).all()
assert first.annotations == again.annotations
""")


def test_a_layer_is_clear_where_nothing_stands_and_solid_on_every_instrument(run_in_blender):
    run_in_blender("""
from pycocotools import mask
from data_gen.assets import Assets
from data_gen.frame import make_frame, over_backdrop, to_layer
from data_gen.presets import load_preset, to_namespace
fast = {'resolution': [128, 128], 'render': {'samples': 4}}
preset = to_namespace(load_preset('tabletop', fast))
preset.instruments.count_weights = {1: 1}
preset.instruments.extent = [0.8, 0.9]
preset.camera.blur_share = preset.distractors.share = preset.occluders.share = 0.0
frame = make_frame([3, 1], preset, Assets(), layers=True)
assert frame.layer.shape == (128, 128, 4) and frame.layer.dtype == np.uint8
inside = mask.decode(frame.annotations[0]['segmentation']).astype(bool)
assert inside.sum() > 100
alpha = frame.layer[..., 3] / 255
assert alpha[inside].mean() > 0.75  # thin parts share their pixels with the ground
assert np.median(alpha[~inside]) < 0.2
half = np.full((2, 2, 4), 0.5, np.float32)  # half covered by white
over = over_backdrop(half, np.ones((4, 4, 3), np.float32))
assert np.allclose(over, 1.0)
assert to_layer(half)[0, 0, 3] == 128
""")


def test_other_things_are_named_where_they_show(run_in_blender):
    run_in_blender("""
import cv2
from data_gen.assets import Assets
from data_gen.frame import make_frame
from data_gen.presets import load_preset, to_namespace
fast = {'resolution': [128, 128], 'render': {'samples': 4}}
preset = to_namespace(load_preset('lookalikes', fast))
preset.instruments.count_weights = {0: 1}
preset.distractors.share = preset.distractors.instrument_share = 1.0
preset.distractors.count = [1, 1]
preset.distractors.instrument_weights = {'scissors': 1}
preset.camera.blur_share = preset.occluders.share = 0.0
areas = []
for i in range(3):
    frame = make_frame([7, i], preset, Assets(), layers=True)
    assert not frame.annotations
    (thing,) = frame.image['distractors']
    assert thing['name'] == 'scissors'
    x, y, width, height = thing['bbox']
    solid = frame.layer[..., 3] > 230
    inside = np.zeros_like(solid)
    inside[y : y + height + 1, x : x + width + 1] = True
    assert solid[inside].sum() > 0.9 * solid.sum()  # deep shadows aside
    areas.append(width * height)
assert max(areas) > 500
preset.distractors.share = 0.0
assert make_frame([7, 0], preset, Assets()).image['distractors'] == []
""")


def test_a_scene_is_labelled_well_when_so_many_keypoints_are_seen(run_in_blender):
    run_in_blender("""
from data_gen.frame import is_labelled_well
two, all_five = np.array([1, 0, 1, 0, 0], bool), np.ones(5, bool)
assert is_labelled_well([two, all_five], force=False, min_seen=2)
assert not is_labelled_well([two, all_five], force=False, min_seen=3)
assert not is_labelled_well([two, all_five], force=True)
assert is_labelled_well([], force=True, min_seen=2)
""")


def test_cameras_of_a_rig_see_one_scene_with_noise_of_their_own(run_in_blender):
    run_in_blender("""
from data_gen.assets import Assets
from data_gen.camera_rig import views_of
from data_gen.frame import make_frame
from data_gen.presets import load_preset, to_namespace
fast = {'resolution': [96, 72], 'render': {'samples': 1}}
preset, assets = to_namespace(load_preset('tabletop', fast)), Assets()
views = views_of(2, 1e-6, 0.5)  # as good as one place
first, second, again = (
    make_frame([5, 0], preset, assets, view=view) for view in (*views, views[1])
)
assert [a['bbox'] for a in first.annotations] == [a['bbox'] for a in second.annotations]
assert len(first.annotations) and (first.picture != second.picture).mean() > 0.2
assert (second.picture == again.picture).all()
""")
