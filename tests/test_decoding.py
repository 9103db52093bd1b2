"""Responses drawn by the codecs, read back; the hosts' own decoding as reference."""

import numpy as np
import pytest
from mmpose.codecs import SimCCLabel, UDPHeatmap

import surgtools.register  # noqa: F401
from surgtools.decoding import decode_simcc, decode_udp_heatmaps, join_scores
from surgtools.metainfo import NUM_SLOTS
from surgtools.models.codecs import LOGIT_SCALE, UnionHeatmap, UnionSimCC

HEATMAP = {"input_size": (256, 192), "heatmap_size": (64, 48), "sigma": 2}


@pytest.fixture
def keypoints() -> np.ndarray:
    """(3, K, 2) anywhere well inside 256 x 192 pixels."""
    return np.random.default_rng(1).uniform(20, 170, (3, NUM_SLOTS, 2))


def noise(shape: tuple[int, ...], size: float) -> np.ndarray:
    return np.random.default_rng(2).normal(0, size, shape)


def test_simcc_finds_keypoints_in_noise(keypoints):
    sigma = (4.9, 5.66)
    encoded = UnionSimCC((256, 192), sigma).encode(keypoints, np.ones(keypoints.shape[:2]))
    x, y = encoded["keypoint_x_labels"], encoded["keypoint_y_labels"]
    logits = (x + noise(x.shape, 0.05), y + noise(y.shape, 0.05))
    found, scores = decode_simcc(*logits, sigma, 2.0, LOGIT_SCALE)
    assert np.abs(found - keypoints).max() < 2
    assert 0 <= scores.min() <= scores.max() <= 1


def heatmaps_of(keypoints: np.ndarray) -> np.ndarray:
    """(N, K, h, w)."""
    codec = UnionHeatmap(**HEATMAP)
    return np.stack(
        [codec.encode(own[None], np.ones((1, NUM_SLOTS)))["heatmaps"] for own in keypoints]
    )


def test_heatmaps_return_the_keypoints_between_the_cells(keypoints):
    found, scores = decode_udp_heatmaps(heatmaps_of(keypoints), (256, 192))
    # the host scales by input / (cells - 1), so pixel 255 of 256 is read as 256 * 255 / 255
    expected = keypoints * [256 / 255, 192 / 191]
    np.testing.assert_allclose(found, expected, atol=0.1)
    assert scores.min() > 0.85  # the label's height at the cell nearest to its peak


def test_heatmaps_are_read_as_the_host_reads_them(keypoints):
    heatmaps = (heatmaps_of(keypoints) + noise((3, NUM_SLOTS, 48, 64), 0.02)).astype(np.float32)
    host = UDPHeatmap(**HEATMAP)
    for own in heatmaps:
        expected, scores = host.decode(own)
        for found in (
            decode_udp_heatmaps(own[None], (256, 192)),
            UnionHeatmap(**HEATMAP).decode(own),
        ):
            np.testing.assert_allclose(found[0], expected, atol=1e-2)
            np.testing.assert_allclose(found[1], np.clip(scores, 0, 1), atol=1e-6)


def test_flat_and_empty_responses():
    found, scores = decode_udp_heatmaps(np.zeros((1, 2, 8, 8)), (32, 32))
    assert found.tolist() == [[[0, 0], [0, 0]]]
    assert scores.tolist() == [[0, 0]]
    found, scores = decode_udp_heatmaps(np.zeros((0, 5, 8, 8)), (32, 32))
    assert (found.shape, scores.shape) == ((0, 5, 2), (0, 5))
    found, scores = decode_simcc(np.zeros((0, 5, 64)), np.zeros((0, 5, 64)), (5, 5), 2, 10)
    assert (found.shape, scores.shape) == ((0, 5, 2), (0, 5))


def test_a_peak_at_the_border_stays_on_the_map():
    corner = np.zeros((1, 1, 8, 8))
    corner[..., 0, 7] = 1
    (found,), _ = decode_udp_heatmaps(corner, (32, 32))
    assert np.abs(found[0] - [32, 0]).max() < 10


def test_both_scores_must_be_good():
    joined = join_scores(np.array([0.9, 0.9, 0.0]), np.array([0.4, 0.0, 1.0]))
    np.testing.assert_allclose(joined, [0.6, 0.0, 0.0])


def test_simcc_is_read_as_the_host_reads_it(keypoints):
    """The highest bin: whole halves of a pixel, where ours finds what lies between."""
    codec = UnionSimCC((256, 192), (4.9, 5.66), as_host=True)
    encoded = codec.encode(keypoints, np.ones(keypoints.shape[:2]))
    x, y = (encoded[f"keypoint_{axis}_labels"] for axis in "xy")
    expected, _ = SimCCLabel((256, 192), sigma=(4.9, 5.66)).decode(x.copy(), y.copy())
    found, scores = codec.decode(x, y)
    np.testing.assert_array_equal(found, expected)
    assert scores.min() > 0.9
    between, _ = UnionSimCC((256, 192), (4.9, 5.66)).decode(x, y)
    assert np.abs(between - keypoints).max() < np.abs(found - keypoints).max()


def test_in_noise_the_hosts_step_is_taken_whole_where_it_is_asked_for():
    heatmaps = noise((1, NUM_SLOTS, 48, 64), 0.5).astype(np.float32)
    expected, _ = UDPHeatmap(**HEATMAP).decode(heatmaps[0])
    found, _ = UnionHeatmap(**HEATMAP, as_host=True).decode(heatmaps[0])
    np.testing.assert_allclose(found, expected, atol=1e-2, rtol=1e-4)
