"""A window follows the instruments of a video; the whole frame is seen now and then."""

import numpy as np
import pytest

from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.zoom_window import FollowingWindow, window_around

BLUE = (230, 40, 40)


def moving(number: int, empty: bool = False) -> np.ndarray:
    """640 x 480 with a small square that moves 3 pixels a frame."""
    image = np.full((480, 640, 3), 90, np.uint8)
    if not empty:
        image[200:206, 300 + 3 * number : 308 + 3 * number] = BLUE
    return image


@pytest.fixture
def zooming(toy):
    networks = toy.predictor.detector.backend, toy.predictor.pose.backend
    return Inferencer.from_backends(*networks, zoom=3, batch_size=4)


def test_the_window_follows_and_each_frame_costs_one_look(zooming):
    follow = FollowingWindow(zooming.predictor.detector, 0.35, every=5)
    calls = zooming.predictor.detector.backend.calls
    costs = []
    for number in range(11):
        before = sum(calls)
        found = follow(moving(number))
        place = [300 + 3 * number, 200, 308 + 3 * number, 206]
        assert np.abs(found.xyxy - [place]).max() < 5
        costs.append(sum(calls) - before)
    assert costs == [10, 1, 1, 1, 1, 10, 1, 1, 1, 1, 10]  # the whole frame and nine parts


def test_what_comes_in_later_is_found_at_the_next_whole_look(zooming):
    follow = FollowingWindow(zooming.predictor.detector, 0.35, every=5)
    counts = [len(follow(moving(n, empty=n < 3))) for n in range(7)]
    assert counts[:3] == [0, 0, 0]
    assert counts[5:] == [1, 1]


def test_what_is_not_sure_is_not_followed(zooming):
    follow = FollowingWindow(zooming.predictor.detector, 0.95, every=5)
    calls = zooming.predictor.detector.backend.calls
    follow(moving(0)), follow(moving(1))
    assert calls[-1] == 1
    assert not len(follow(moving(2)))  # too small for a look at the whole frame


def test_a_video_is_followed_frame_by_frame_and_each_video_anew(zooming, write_video):
    clips = [write_video("a.mp4", frames=6), write_video("b.mp4", frames=6)]
    results = list(zooming(list(map(str, clips))))
    assert len(results) == 12
    assert all(len(result.instances) == 1 for result in results)
    # 320 x 240: each video costs a whole look with nine parts, then one look a frame
    assert sum(zooming.predictor.detector.backend.calls) == 2 * (10 + 5)


def test_windows_have_the_proportions_of_the_frame_and_stay_inside():
    # 0.5 of 100 around it: 200 x 120 at least; a third of 900 x 600 is larger
    assert window_around(np.array([[0, 0, 100, 20.0]]), 900, 600, 3) == (0, 0, 300, 200)
    assert window_around(np.array([[400, 300, 500, 320.0]]), 900, 600, 3) == (300, 210, 600, 410)
    assert window_around(np.array([[0, 0, 100, 20], [700, 500, 800, 520.0]]), 900, 600, 3) is None
    assert window_around(np.zeros((0, 4)), 900, 600, 3) is None
