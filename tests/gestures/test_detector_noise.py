"""Copies of a video as a worse pair would have seen it."""

import numpy as np

from surgtools.gestures import detector_noise
from surgtools.gestures.detector_noise import LOWEST_SCORE, with_detector_noise
from surgtools.gestures.seen_videos import SeenVideo, read_seen_videos
from surgtools.taxonomy import SURGICAL


def copies(clips, count=30):
    taxonomy, videos = read_seen_videos([clips / "predictions.json"])
    rng = np.random.default_rng(0)
    return videos[0], [with_detector_noise(videos[0], taxonomy, rng) for _ in range(count)]


def of_kind(video, name):
    return [[i for i in own if i["category_name"] == name] for own in video.frames]


def test_instruments_are_lost_and_made_up_in_some_frames_only(clips):
    video, noisy = copies(clips)
    fewer = more = same = 0
    for copy in noisy:
        for name in SURGICAL.classes:
            for was, now in zip(of_kind(video, name), of_kind(copy, name), strict=True):
                fewer += len(now) < len(was)
                more += len(now) > len(was)
                same += len(now) == len(was)
    assert fewer and more and same > 3 * (fewer + more)


def test_keypoints_stay_near_and_scores_are_lower(clips):
    video, noisy = copies(clips)
    kinds = of_kind(video, "tweezers")
    moved, scores, tracks = [], [], set()
    for copy in noisy:
        for was, now in zip(kinds, of_kind(copy, "tweezers"), strict=True):
            if len(was) == len(now) == 1:
                length = np.ptp(was[0]["keypoints"], axis=0).max()
                apart = np.linalg.norm(was[0]["keypoints"] - now[0]["keypoints"], axis=1)
                moved.append(np.median(apart) / length)
                scores.append(now[0]["bbox_score"] / was[0]["bbox_score"])
                tracks.add(now[0]["track_id"])
    assert 0.01 < np.median(moved) < 0.08
    assert LOWEST_SCORE < np.median(scores) < 1
    assert len(tracks) > 5, "found again as another track"


def test_a_hidden_side_stays_hidden_where_it_is(monkeypatch):
    for name, share in (("MOST_LOST", 0), ("MOST_FALSE", 0), ("MOST_SWAPPED", 1)):
        monkeypatch.setattr(detector_noise, name, share)
    tweezers = SURGICAL.get("tweezers")
    row = {
        "category_name": "tweezers",
        "keypoints": np.array([[50.0, 100], [25, 50], [0, 0], [75, 50], [100, 0]]),
        "bbox": [0, 0, 100, 100],
        "bbox_score": 1.0,
        "keypoint_scores": np.array([1.0, 1, 1, 1, 0]),
        "keypoint_visible": np.array([1.0, 1, 1, 1, 0]),
        "track_id": 1,
    }
    video = SeenVideo("v.mp4", np.arange(40) / 10, np.arange(40), [[row]] * 40, 100.0)
    noisy = with_detector_noise(video, SURGICAL, np.random.default_rng(0))
    hidden = set()
    for (found,) in noisy.frames:
        apart = np.linalg.norm(found["keypoints"] - row["keypoints"][4], axis=1)
        hidden.add(tweezers.keypoints[int(apart.argmin())])
        for name in ("keypoint_scores", "keypoint_visible"):
            assert found[name].argmin() == apart.argmin()
    assert hidden == {"left_tip", "right_tip"}


def test_the_video_itself_stays_as_it_is(clips):
    before = read_seen_videos([clips / "predictions.json"])[1][0]
    after = copies(clips, 3)[0]
    for was, now in zip(before.frames, after.frames, strict=True):
        for a, b in zip(was, now, strict=True):
            assert (a["keypoints"] == b["keypoints"]).all() and a["bbox"] == b["bbox"]


def test_a_video_of_nothing_stays_one():
    empty = SeenVideo("v.mp4", np.arange(5) / 10, np.arange(5), [[] for _ in range(5)], 100.0)
    noisy = with_detector_noise(empty, SURGICAL, np.random.default_rng(0))
    assert noisy.frames == empty.frames
