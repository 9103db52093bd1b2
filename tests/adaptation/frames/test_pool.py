"""The pool on disk: what is written is read again, and the split can be changed."""

import cv2
import numpy as np
import pytest

from surgtools.adaptation.frames.pool import FramePool, PoolFrame
from surgtools.errors import InputError


@pytest.fixture
def pool(tmp_path):
    """Four frames of two clips and three groups; only the first has its picture on disk."""
    places = [("a", 0, "x"), ("a", 1, "x"), ("b", 0, "y"), ("b", 1, "z")]
    frames = [PoolFrame(f"{i}.png", 32, 24, "film", *place) for i, place in enumerate(places)]
    (tmp_path / "images").mkdir()
    cv2.imwrite(str(tmp_path / "images/0.png"), np.full((24, 32, 3), 7, np.uint8))
    return FramePool(tmp_path, frames)


def test_what_is_written_is_read_again(pool):
    pool.write()
    again = FramePool.load(pool.folder)
    assert len(again) == 4 and again.frames == pool.frames
    assert again.read(0).shape == (24, 32, 3) and (again.read(0) == 7).all()
    with pytest.raises(InputError, match="frames.json"):
        FramePool.load(pool.folder / "elsewhere")


def test_frames_are_held_out_by_whole_groups(pool):
    assert pool.indices(held_out=True) == [] and pool.indices(held_out=False) == [0, 1, 2, 3]
    changed = pool.holding_out({"x"})
    changed.write()
    assert FramePool.load(pool.folder).indices(held_out=True) == [0, 1]
    assert changed.holding_out({"y", "z"}).indices(held_out=True) == [2, 3], "and no others"
    assert pool.indices(held_out=True) == [], "the pool itself stays as it was"


def test_frames_of_one_clip_are_neighbors(pool):
    assert pool.has_neighbors
    assert not FramePool(pool.folder, pool.frames[1:3]).has_neighbors
    assert not FramePool(pool.folder, []).has_neighbors
