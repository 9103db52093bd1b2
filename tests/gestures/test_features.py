"""Features and places: what they depend on, and what not."""

from dataclasses import replace

import numpy as np

from surgtools.gestures.features import num_frame_features, to_features
from surgtools.gestures.places import choose_places, place
from surgtools.gestures.seen_videos import SeenVideo
from surgtools.taxonomy import SURGICAL

POINTS = np.array([[0, 0], [-40, 60], [-5, -50], [40, 60], [5, -50]], float)
PLACES = ["needle_holder", "tweezers"]


def holder(track=1, at=(200.0, 200.0), scale=1.0, category="needle_holder", score=0.9):
    points = POINTS * scale + at
    return {
        "category_name": category, "track_id": track, "bbox_score": score,
        "bbox": [*points.min(0), *points.max(0)], "keypoints": points.tolist(),
        "keypoint_scores": [0.8] * 5, "keypoint_visible": [0.7] * 5,
    }  # fmt: skip


def video(frames):
    count = len(frames)
    return SeenVideo("a.mp4", np.arange(count) / 10, np.arange(count), frames, 1000.0)


def moving(scale=1.0, offset=0.0, count=6):
    return video(
        [
            [
                holder(1, (offset + scale * (100 + 10 * t), offset + scale * 100), scale),
                holder(2, (offset + scale * 300, offset + scale * 100), scale, "tweezers"),
            ]
            for t in range(count)
        ]
    )


def test_size_and_place_in_the_picture_change_nothing():
    for a, b in zip(
        to_features(moving(), PLACES, SURGICAL, 10.0),
        to_features(moving(3.0, 50.0), PLACES, SURGICAL, 10.0),
        strict=True,
    ):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_hand_computed_features():
    keypoints, frames = to_features(moving(), PLACES, SURGICAL, 10.0)
    length = np.hypot(45, 110)  # from a handle to the tip across
    assert keypoints.shape == (6, 10, 6) and frames.shape == (6, num_frame_features(2)) == (6, 23)
    np.testing.assert_allclose(keypoints[0, 0, :2], [0, -4 / length], atol=1e-5)
    assert keypoints[0, 0, 4:].tolist() == np.float32([0.8, 0.7]).tolist()
    assert frames[0, 0] == 1 and np.isclose(frames[0, 2], 10 / 110)  # seen, opening
    np.testing.assert_allclose(frames[2, 4:7], [100 / length, 0, 100 / length], rtol=1e-4)
    both, apart, closing, *offset = frames[2, 18:]
    assert both == 1 and np.isclose(apart, 170 / length, rtol=1e-4)
    assert np.isclose(closing, -100 / length, rtol=1e-4)
    np.testing.assert_allclose(offset, [180 / length, 0], atol=1e-4)


def test_what_is_not_seen_is_nan_and_told():
    frames = [[holder()], [], [holder()]]
    keypoints, rest = to_features(video(frames), PLACES, SURGICAL, 10.0)
    assert np.isnan(keypoints[1]).all() and rest[:, 0].tolist() == [1, 0, 1]
    assert np.isnan(keypoints[:, 5:]).all() and not rest[:, 9].any()


def test_a_video_without_instruments_has_features():
    keypoints, rest = to_features(video([[], []]), PLACES, SURGICAL, 10.0)
    assert keypoints.shape == (2, 10, 6) and rest[:, [0, 9, 18]].sum() == 0


def test_a_track_keeps_its_place():
    two = ["needle_holder", "needle_holder"]
    frames = [[holder(5), holder(7)], [holder(7)], [holder(7), holder(5)], [holder(9), holder(7)]]
    assert place(video(frames), two, SURGICAL).tracks.tolist() == [[5, 7], [-1, 7], [5, 7], [9, 7]]


def test_the_surest_is_taken_where_places_are_few():
    frames = [[holder(5, score=0.4), holder(7, score=0.8)]]
    assert place(video(frames), ["needle_holder"], SURGICAL).tracks.tolist() == [[7]]


def test_places_are_those_that_are_needed():
    one = video([[holder()]] * 10)
    assert choose_places([one], SURGICAL) == ["needle_holder"]
    two = replace(one, frames=[[holder(), holder(2)]] * 2 + [[holder()]] * 8)
    assert choose_places([two], SURGICAL) == ["needle_holder"] * 2
    assert choose_places([video([[]])], SURGICAL) == []
