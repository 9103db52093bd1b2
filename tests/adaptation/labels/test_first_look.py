"""The first look survives on disk bit for bit and is taken apart by frame and score."""

import numpy as np
import pytest

from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.proposal_statistics import add_statistics
from surgtools.adaptation.labels.proposals import propose
from surgtools.errors import InputError


@pytest.fixture
def look(dots):
    """Eight frames, every second one empty; contrast and so the score grows."""
    pictures = [
        dots.draw(dots.shape(0.4, 0.45, (60.0, 55)), 200 + 5 * i)
        if i % 2
        else np.zeros((50, 50, 3))
        for i in range(8)
    ]
    read = lambda i: pictures[i].astype(np.uint8)  # noqa: E731
    return FirstLook(add_statistics(propose(read, range(8), dots.Finder()), {}), "pair of dots")


def test_what_is_read_is_what_was_written(look, tmp_path):
    look.write(tmp_path / "look.npz")
    again = FirstLook.load(tmp_path / "look.npz")
    assert again.signature == "pair of dots" and again.proposals.num_frames == 8
    for name, values in vars(look.proposals).items():
        if isinstance(values, np.ndarray):
            np.testing.assert_array_equal(getattr(again.proposals, name), values)
    assert set(again.proposals.statistics) == set(look.proposals.statistics)
    for name, values in look.proposals.statistics.items():
        np.testing.assert_array_equal(again.proposals.statistics[name], values)


def test_some_frames_and_sure_proposals_only(look):
    # scores are (200 + 5 i - 127) / 128: 0.609, 0.688, 0.766, 0.844 in frames 1, 3, 5, 7
    some = look.of_frames([0, 1, 2, 3, 5], 0.65)
    assert some.frames.tolist() == [3, 5] and some.num_frames == 5
    assert len(some.statistics["view_disagreement"]) == 2
    assert look.of_frames([]).num_frames == 0


def test_another_file_is_one_line(tmp_path):
    (tmp_path / "other.npz").write_bytes(b"no archive")
    with pytest.raises(InputError, match="other.npz: holds no proposals"):
        FirstLook.load(tmp_path / "other.npz")
    with pytest.raises(InputError, match="nowhere.npz: holds no proposals"):
        FirstLook.load(tmp_path / "nowhere.npz")
