"""The samples are small and can be read."""

import cv2

from surgtools import samples
from surgtools.prediction.video import VideoReader

MOST_BYTES = 1_500_000


def test_samples_are_pictures_and_a_clip_that_can_be_read():
    assert len(samples.pictures()) >= 5
    assert all(cv2.imread(str(path)).shape[1] >= 640 for path in samples.pictures())
    with VideoReader(str(samples.clip())) as reader:
        assert sum(1 for _ in reader) >= 40


def test_samples_are_small():
    files = [*samples.pictures(), samples.clip()]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES
