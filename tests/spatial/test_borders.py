import numpy as np
import pytest

from surgtools.camera import Camera
from surgtools.spatial.borders import ways_out

CAMERA = Camera(640, 480, 500.0, 500.0, 319.5, 239.5)
WHOLE = [[100.0, 100], [300, 100], [300, 300]]


@pytest.mark.parametrize(
    ("keypoint", "cut"),
    [((635, 200), True), ((4, 200), True), ((645, 200), True), ((320, 479), True),
     ((625, 200), False), ((320, 468), False)],
)  # fmt: skip
def test_a_keypoint_within_a_share_of_the_size_of_the_border_may_lie_beyond(keypoint, cut):
    ways = ways_out(np.array([*WHOLE, keypoint]), 400, CAMERA)
    np.testing.assert_array_equal(ways[:3], 0)
    assert np.linalg.norm(ways[3]) == pytest.approx(float(cut))


def test_the_way_out_leads_away_from_the_middle_of_the_others():
    ways = ways_out(np.array([[200.0, 100], [200, 200], [638, 150]]), 400, CAMERA)
    np.testing.assert_allclose(ways[2], [1, 0], atol=1e-9)


def test_the_way_out_leads_away_from_the_pivot_where_that_is_seen():
    keypoints = np.array([[600.0, 150], [400, 100], [400, 400], [638, 188]])
    ways = ways_out(keypoints, 400, CAMERA, pivot=0)
    np.testing.assert_allclose(ways[3], [0.5**0.5, 0.5**0.5], atol=1e-9)
    keypoints[0] = [639, 150]  # at the border itself
    ways = ways_out(keypoints, 400, CAMERA, pivot=0)
    np.testing.assert_allclose(ways, ways_out(keypoints, 400, CAMERA), atol=1e-12)


def test_keypoints_that_all_lie_at_the_border_are_believed():
    keypoints = np.array([[1.0, 100], [1, 200], [638, 150]])
    np.testing.assert_array_equal(ways_out(keypoints, 640, CAMERA), 0)
