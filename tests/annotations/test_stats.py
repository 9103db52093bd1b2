"""Counts and measures by hand."""

import numpy as np

from surgtools.annotations.stats import dataset_stats


def test_numbers_by_hand(content):
    content["images"].append({"id": 9, "file_name": "e.jpg", "width": 64, "height": 48})
    stats = dataset_stats(content)
    assert (stats.images, stats.annotations, stats.empty_images, stats.videos) == (7, 12, 1, 2)
    assert stats.sizes == {(200, 100): 6, (64, 48): 1}
    assert stats.per_image.tolist() == [2] * 6 + [0]
    needle_holder, tweezers = stats.categories
    assert needle_holder.visibility.tolist() == [
        [0, 0, 6],
        [0, 0, 6],
        [0, 6, 0],
        [0, 0, 6],
        [0, 0, 6],
    ]
    # box 24 x 76 in 200 x 100; tips 6 apart on an axis of 70 that points straight up
    np.testing.assert_allclose(needle_holder.scales, np.sqrt(24 * 76 / 20000))
    np.testing.assert_allclose(needle_holder.openings, 6 / 70)
    np.testing.assert_allclose(needle_holder.angles, 0, atol=1e-9)
    np.testing.assert_allclose(needle_holder.centers[0], [50 / 200, 56 / 100])
    assert len(tweezers.angles) == 0  # right_tip is not labelled


def test_crowd_regions_are_no_instruments(content):
    """As in scoring: they were counted, with five keypoints each that nobody had labelled."""
    zeros = {"keypoints": [0] * 15, "num_keypoints": 0}
    content["annotations"].append({**content["annotations"][0], "id": 99, "iscrowd": 1, **zeros})
    stats = dataset_stats(content)
    assert (stats.annotations, stats.crowds) == (12, 1)
    assert stats.categories[0].count == 6 and stats.categories[0].visibility[:, 0].sum() == 0
    assert stats.per_image.tolist() == [2] * 6


def test_empty_file_gives_zeros():
    stats = dataset_stats({"images": [], "annotations": [], "categories": []})
    assert stats.images == 0 and stats.per_image.shape == (0,)
    assert [c.count for c in stats.categories] == [0, 0]
    assert stats.categories[0].visibility.sum() == 0
