"""Videos kept apart."""

import pytest

from surgtools.errors import InputError
from surgtools.gestures.splits import hold_out

VIDEOS = {"a": {"x", "y"}, "b": {"x"}, "c": {"y"}, "d": {"z"}}


def test_a_video_is_trained_or_tested_and_every_label_is_trained():
    for seed in range(10):
        kept, tested = hold_out(VIDEOS, 0.25, seed)
        assert sorted(kept + tested) == list(VIDEOS) and len(tested) == 1 and "d" in kept
    assert hold_out(VIDEOS, 0.25, 3) == hold_out(VIDEOS, 0.25, 3)


def test_named_videos_are_kept_apart():
    assert hold_out(VIDEOS, 0.25, 0, ["c", "b"]) == (["a", "d"], ["b", "c"])
    assert hold_out(VIDEOS, 0, 0) == (list(VIDEOS), [])


@pytest.mark.parametrize(
    ("videos", "named", "told"),
    [
        ({"a": {"x"}}, [], "has one video only"),
        (VIDEOS, ["e"], "--held-out e: labels has no such video"),
        (VIDEOS, ["d"], "no video shows z"),
        ({"a": {"x"}, "b": {"y"}}, [], "no video shows"),
    ],
)
def test_splits_that_cannot_be_are_refused(videos, named, told):
    with pytest.raises(InputError, match=told):
        hold_out(videos, 0.25, 0, named)
