"""The stage's ground rules: pixels, depth, index, rays, and nothing left behind."""

import pytest

pytestmark = pytest.mark.blender


def test_a_white_plate_under_a_white_sky_is_seen_where_it_stands(run_in_blender):
    run_in_blender("""
from data_gen.camera import centered_camera
camera = centered_camera(33, 25, 40.0)
blender.clear()
contents.set_camera(camera, np.eye(4))
contents.set_sky(np.ones((8, 16, 3), np.float32), 1.0)
corners = np.array([[-.1, -.1, 1], [.1, -.1, 1], [.1, .1, 1], [-.1, .1, 1]])
contents.add_mesh('plate', corners, [(0, 1, 2, 3)], np.eye(4), index=3)
blender.bpy.context.view_layer.update()
seen = blender.render(samples=8, seed=0, transparent=True, denoise=False)
assert seen.color.shape == (25, 33, 4)
# 0.2 m at 1 m and 40 px: 8 px wide around (16, 12)
assert seen.index[12, 16] == 3 and seen.index[12, 2] == 0
assert seen.color[12, 16, 3] > 0.99 and seen.color[12, 2, 3] < 0.01
assert abs(seen.depth[12, 16] - 1.0) < 1e-3
assert abs(seen.color[12, 16, 0] - 0.8) < 0.1  # the default surface reflects 0.8
rows = np.flatnonzero(seen.color[:, 16, 3] > 0.5)
assert abs(rows.mean() - 12) < 0.6 and 7 <= len(rows) <= 9
distance, name = blender.ray_hit(np.zeros(3), np.array([0, 0, 1.0]))
assert name == 'plate' and abs(distance - 1) < 1e-5
assert blender.ray_hit(np.zeros(3), np.array([0, 0, -1.0])) is None
blender.clear()
assert [thing.name for thing in blender.bpy.data.objects] == ['Camera']
""")
