"""Batches of videos."""

import numpy as np
import torch

from surgtools.gestures.fitting import GestureVideos, pad_videos


def videos(stretch):
    frames = [np.arange(n, dtype=np.float32)[:, None] for n in (20, 30)]
    features = [[(np.zeros((len(f), 3, 6), np.float32), f)] for f in frames]
    return GestureVideos(features, [list(range(20)), list(range(30))], 0, stretch)


def test_labels_stay_with_their_frames_whatever_the_speed():
    data = videos(1.5)
    lengths = set()
    for _ in range(20):
        item = data[1]
        assert item["labels"].tolist() == item["frames"][:, 0].tolist()
        lengths.add(len(item["labels"]))
    assert min(lengths) >= 19 and max(lengths) <= 46 and len(lengths) > 5


def test_a_batch_says_where_a_video_ends():
    data = videos(1.0)
    batch = pad_videos([data[0], data[1]])
    assert batch["keypoints"].shape == (2, 30, 3, 6) and batch["mask"].sum(1).tolist() == [20, 30]
    assert batch["labels"][0, 20:].eq(-100).all() and batch["frames"].dtype == torch.float32


def test_each_version_of_a_video_is_drawn():
    versions = [(np.zeros((9, 3, 6), np.float32), np.full((9, 1), n, np.float32)) for n in (0, 1)]
    data = GestureVideos([versions], [[0] * 9], 0, 1.0)
    assert {float(data[0]["frames"][0, 0]) for _ in range(20)} == {0.0, 1.0}
