"""Masks come back as they were coded; counts that do not fit are named."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as rle

from surgtools.annotations.masks import decode_mask, encode_mask
from surgtools.errors import InputError


def coded(mask: np.ndarray, compressed: bool) -> dict:
    if compressed:
        found = rle.encode(np.asfortranarray(mask))
        return {"size": list(mask.shape), "counts": found["counts"].decode()}
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat, prepend=0)).tolist()
    return {"size": list(mask.shape), "counts": np.diff([0, *edges, flat.size]).tolist()}


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 999),
    size=st.tuples(st.integers(1, 60), st.integers(1, 60)),
    share=st.sampled_from([0, 0.01, 0.5, 1]),
    compressed=st.booleans(),
)
def test_a_mask_comes_back(seed, size, share, compressed):
    mask = (np.random.default_rng(seed).random(size) < share).astype(np.uint8)
    np.testing.assert_array_equal(decode_mask({"segmentation": coded(mask, compressed)}), mask)


@pytest.mark.parametrize(
    "counts", [[], [3], [3, 300], [16, 99999999999], "", "x", "abcabc", "04", "é", "0", "P"]
)
def test_counts_that_do_not_fit_are_named(counts):
    with pytest.raises(InputError, match=r"annotation 7: the counts .* size \[4, 4\]"):
        decode_mask({"id": 7, "segmentation": {"size": [4, 4], "counts": counts}})


def test_what_is_encoded_is_decoded():
    mask = np.zeros((5, 7), np.uint8)
    mask[1:3, 2:6] = 9
    coded_mask = encode_mask(mask)
    assert coded_mask["size"] == [5, 7] and isinstance(coded_mask["counts"], str)
    np.testing.assert_array_equal(decode_mask({"segmentation": coded_mask}), mask > 0)
