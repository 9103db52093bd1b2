import numpy as np
import pytest

from surgtools.prediction.results import FrameResult, Instance
from surgtools.prediction.tracking import Tracker, fill_gaps, interpolate, keypoint_similarity
from surgtools.taxonomy import Category, Taxonomy

SHAPE = np.array([[0, 0], [20, 40], [40, 0], [60, 40], [80, 20]], float)


def at(x: float, y: float = 0.0, category_id: int = 1, **values) -> Instance:
    keypoints = SHAPE + [x, y]
    box = np.concatenate([keypoints.min(axis=0), keypoints.max(axis=0)])
    ones = np.ones(5)
    return Instance(category_id, box, 0.9, keypoints, ones, ones).changed(**values)


def ids(instances: list[Instance]) -> list[int | None]:
    return [instance.track_id for instance in instances]


def test_ids_stay_with_their_instruments_whatever_the_order():
    tracker = Tracker()
    assert ids(tracker.update([at(0), at(300)], 0.0)) == [1, 2]
    assert ids(tracker.update([at(305), at(6)], 0.04)) == [2, 1]
    assert tracker.update([], 0.08) == []
    assert ids(tracker.update([at(310), at(12), at(600)], 0.12)) == [2, 1, 3]


def test_two_instruments_that_cross_keep_their_ids():
    tracker = Tracker()
    for frame in range(40):
        x = 10.0 * frame
        found = tracker.update([at(x), at(390 - x, 15)], frame / 25)
    assert ids(found) == [1, 2]


def test_categories_never_share_an_id():
    tracker = Tracker()
    assert ids(tracker.update([at(0, category_id=1)], 0.0)) == [1]
    assert ids(tracker.update([at(0, category_id=2)], 0.04)) == [2]


def test_an_id_survives_a_short_absence_and_never_returns_after_a_long_one():
    tracker = Tracker(max_gap_s=1.0)
    tracker.update([at(0)], 0.0)
    assert ids(tracker.update([at(2)], 0.9)) == [1]
    assert ids(tracker.update([at(4)], 2.0)) == [2]


def test_swapped_sides_do_not_break_a_track():
    tracker = Tracker()
    first = at(0)
    tracker.update([first], 0.0)
    order = [0, 3, 4, 1, 2]  # left and right of a needle holder traded
    assert ids(tracker.update([first.changed(keypoints=first.keypoints[order])], 0.04)) == [1]


@pytest.mark.parametrize("min_similarity, number", [(0.96, 1), (0.98, 2)])
def test_traded_sides_cost_a_little_similarity(min_similarity, number):
    """Keypoints 1 - 0.05, box 1: 0.6 * 0.95 + 0.4 = 0.97; untraded they agree less."""
    tracker = Tracker(min_similarity=min_similarity)
    first = at(0)
    traded = first.changed(keypoints=first.keypoints[[0, 3, 4, 1, 2]])
    tracker.update([first], 0.0)
    assert ids(tracker.update([traded], 0.04)) == [number]


@pytest.mark.parametrize("min_similarity, number", [(0.59, 1), (0.61, 2)])
def test_keypoints_weigh_more_than_the_box(min_similarity, number):
    """Equal keypoints in a box elsewhere: 0.6 * 1 + 0.4 * 0."""
    tracker = Tracker(min_similarity=min_similarity)
    tracker.update([at(0)], 0.0)
    moved = at(0).changed(bbox=np.array([500.0, 0, 580, 40]))
    assert ids(tracker.update([moved], 0.04)) == [number]


@pytest.mark.parametrize("step, number", [(47, 1), (49, 2)])
def test_how_similar_two_sightings_must_be(step, number):
    """Boxes 80 wide, keypoints elsewhere: 0.4 * 33 / 127 = 0.104, 0.4 * 31 / 129 = 0.096."""
    tracker = Tracker()
    tracker.update([at(0)], 0.0)
    beside = at(0).changed(bbox=at(step).bbox, keypoints=SHAPE + [0, 4000])
    assert ids(tracker.update([beside], 0.04)) == [number]


def test_the_least_similarity_itself_is_enough():
    tracker = Tracker(min_similarity=1.0)
    tracker.update([at(0)], 0.0)
    assert ids(tracker.update([at(0)], 0.04)) == [1]


@pytest.mark.parametrize("time_s, number", [(1.0, 1), (1.01, 2)])
def test_how_long_a_track_is_remembered(time_s, number):
    tracker = Tracker()
    tracker.update([at(0)], 0.0)
    assert ids(tracker.update([at(0)], time_s)) == [number]


def test_a_track_expects_its_instrument_where_it_moves_to():
    tracker = Tracker()
    for frame, x in enumerate((0, 10)):
        tracker.update([at(x)], frame / 10)  # 100 px a second
    (track,) = tracker.tracks
    keypoints, box = track.predict(0.1 + 0.3)  # 0.3 s on: 30 px, of which 1 - 1/e
    assert keypoints - SHAPE - [10, 0] == pytest.approx(np.tile([18.96, 0], (5, 1)), abs=0.01)
    assert box - at(10).bbox == pytest.approx([18.96, 0, 18.96, 0], abs=0.01)
    tracker.update([at(40)], 0.2)  # 300 px a second: half of what was and half of what is
    assert track.velocity[0] == pytest.approx([200, 0])
    assert track.box_velocity == pytest.approx([200, 0, 200, 0])
    tracker.update([at(50)], 0.4)
    assert track.velocity[0] == pytest.approx([125, 0]), "the latest motion still counts half"


def test_two_sightings_at_one_time_are_a_millisecond_apart():
    tracker = Tracker()
    tracker.update([at(0)], 0.0)
    tracker.update([at(1)], 0.0)
    assert tracker.tracks[0].velocity[0] == pytest.approx([1000, 0])


def test_similarity_by_hand():
    a = np.zeros((2, 2))
    b = np.array([[0, 0], [15, 0]])
    # distances 0 and 15 of diagonal 100: 0 and one sigma of 0.15
    assert keypoint_similarity(a, b, 100) == pytest.approx((1 + np.exp(-0.5)) / 2)


def frames_of(positions: list[float | None], fps: float = 25) -> list[FrameResult]:
    return [
        FrameResult(
            "v.mp4",
            "video",
            800,
            600,
            [] if x is None else [at(x, track_id=1)],
            frame_id=i,
            time_s=i / fps,
        )
        for i, x in enumerate(positions)
    ]


def test_a_short_gap_is_filled_in_line_and_marked():
    filled = list(fill_gaps(frames_of([0, None, None, 30, 40]), max_gap_s=0.25))
    assert [f.frame_id for f in filled] == [0, 1, 2, 3, 4]
    assert [f.instances[0].keypoints[0, 0] for f in filled] == pytest.approx([0, 10, 20, 30, 40])
    assert [f.instances[0].interpolated for f in filled] == [False, True, True, False, False]


def test_a_long_gap_and_the_end_stay_empty():
    filled = list(fill_gaps(frames_of([0, *[None] * 10, 110, None]), max_gap_s=0.25))
    assert [len(f) for f in filled] == [1, *[0] * 10, 1, 0]


def test_a_gap_is_not_filled_where_something_else_was_seen():
    frames = frames_of([0, None, None, 30])
    taken = at(10, category_id=2, track_id=9)  # box x 10 to 90; filled ones 10 to 90, 20 to 100
    apart = at(10, 40, category_id=2, track_id=9)  # below it
    for other, counts in ((taken, [1, 1, 1, 1]), (apart, [1, 2, 1, 1])):
        frames[1] = frames[1].changed(instances=[other])
        frames[2] = frames[2].changed(instances=[taken])
        assert [len(frame) for frame in fill_gaps(frames, max_gap_s=0.25)] == counts


@pytest.mark.parametrize("step, counts", [(26, [1, 1, 1]), (27, [1, 2, 1])])
def test_how_much_something_else_may_overlap_a_filled_instrument(step, counts):
    """Boxes 80 wide, 26 apart: 54 / 106 = 0.509 of their union; 27 apart: 53 / 107 = 0.495."""
    frames = frames_of([0, None, 20])
    frames[1] = frames[1].changed(instances=[at(10 + step, category_id=2, track_id=9)])
    assert [len(frame) for frame in fill_gaps(frames)] == counts


@pytest.mark.parametrize("fps, count", [(8, 1), (7.7, 0)])  # a gap of 0.25 and of 0.26 s
def test_how_long_a_gap_is_filled(fps, count):
    filled = list(fill_gaps(frames_of([0, None, 20], fps)))
    assert [len(frame) for frame in filled] == [1, count, 1]


def test_a_gap_is_filled_late_in_a_video_too():
    filled = list(fill_gaps(frames_of([None] * 50 + [0, None, None, 30])))
    assert [len(frame) for frame in filled] == [0] * 50 + [1] * 4
    assert filled[51].instances[0].keypoints[0, 0] == pytest.approx(10)


def test_sightings_without_a_number_are_passed_on():
    frames = frames_of([0, None, 20])
    bare = [f.changed(instances=[i.changed(track_id=None) for i in f.instances]) for f in frames]
    assert [len(frame) for frame in fill_gaps(bare)] == [1, 0, 1]


def test_frames_are_held_back_no_longer_than_the_gap():
    taken = []

    def feed():
        for frame in frames_of([0.0] * 100):
            taken.append(frame.frame_id)
            yield frame

    first = next(fill_gaps(feed(), max_gap_s=0.2))
    assert first.frame_id == 0
    assert len(taken) <= 7


def test_interpolated_scores_are_the_lower_ones():
    between = interpolate(at(0, bbox_score=0.4), at(10, bbox_score=0.8), 0.5)
    assert between.bbox_score == 0.4
    assert between.keypoints[0, 0] == 5
    quarter = interpolate(at(0), at(20, keypoint_visible=np.zeros(5)), 0.25)
    assert quarter.bbox == pytest.approx([5, 0, 85, 40])
    assert quarter.keypoint_visible == pytest.approx(np.full(5, 0.75))


def test_a_category_without_keypoints_is_tracked_by_its_box():
    plates = Taxonomy("plates", (Category(0, "plate"),))
    none = np.zeros(0)

    def plate(x):
        box = np.array([x, 0.0, x + 20, 20])
        return Instance(0, box, 0.9, none.reshape(0, 2), none, none, taxonomy=plates)

    tracker = Tracker()
    first = tracker.update([plate(0.0), plate(100.0)], 0.0)
    again = tracker.update([plate(102.0), plate(2.0)], 0.04)
    assert [i.track_id for i in again] == [i.track_id for i in first[::-1]]
    assert plate(0.0).changed(track_id=3).to_json()["track_id"] == 3
