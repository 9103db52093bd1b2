"""The samples are small and can be read."""

import cv2

from surgtools import samples

MOST_BYTES = 1_500_000


def test_samples_are_small_pictures_that_can_be_read():
    assert len(samples.pictures()) >= 5
    assert sum(path.stat().st_size for path in samples.pictures()) < MOST_BYTES
    assert all(cv2.imread(str(path)).shape[1] >= 640 for path in samples.pictures())
