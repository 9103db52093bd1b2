"""Clips: one story, frame by frame, known without the frames before."""

import pytest

pytestmark = pytest.mark.blender


def test_frames_of_a_clip_share_their_things_and_move(run_in_blender):
    run_in_blender("""
from data_gen.assets import Assets
from data_gen.clip import make_video_frame
from data_gen.presets import load_preset, to_namespace
fast = {'resolution': [96, 72], 'render': {'samples': 1}, 'motion': {'speed': [1, 1]}}
preset, assets = to_namespace(load_preset('hdri', fast)), Assets()
frames = {t: make_video_frame([1, 0], 2, t, 13, preset, assets) for t in (0, 12)}
again = make_video_frame([1, 0], 2, 12, 13, preset, assets)
assert (frames[12].picture == again.picture).all()
assert frames[12].annotations == again.annotations
for t, frame in frames.items():
    assert frame.image['video_id'] == 3 and frame.image['frame_id'] == t
early, late = ({a['track_id']: a for a in frame.annotations} for frame in frames.values())
shared = set(early) & set(late)
assert shared and all(200 < track <= 204 for track in shared)
for track in shared:
    assert early[track]['category_id'] == late[track]['category_id']
    assert early[track]['pose'] != late[track]['pose']
""")


def test_cameras_of_a_rig_see_one_clip_with_noise_of_their_own(run_in_blender):
    run_in_blender("""
from data_gen.assets import Assets
from data_gen.camera_rig import views_of
from data_gen.clip import make_video_frame
from data_gen.presets import load_preset, to_namespace
fast = {'resolution': [96, 72], 'render': {'samples': 1}}
preset, assets = to_namespace(load_preset('tabletop', fast)), Assets()
views = views_of(2, 1e-6, 0.5)  # as good as one place
first, second, again = (
    make_video_frame([1, 0], 2, 0, 3, preset, assets, view) for view in (*views, views[1])
)
assert [a['bbox'] for a in first.annotations] == [a['bbox'] for a in second.annotations]
assert len(first.annotations) and (first.picture != second.picture).mean() > 0.2
assert (second.picture == again.picture).all()
""")
