"""Hashes that differ when what they stand for does, and only then."""

import pytest

from surgtools.adaptation.frames.pool import FramePool, PoolFrame
from surgtools.adaptation.labels.round_origin import file_digest, pool_digest, proposer_digest
from surgtools.errors import InputError


class Signed:
    def __init__(self, name):
        self.signature = lambda: name


def test_networks_and_what_they_are_asked_count_but_file_names_do_not():
    known = proposer_digest(Signed("a"), {"score_floor": 0.1, "det_weights": "x.pth"})
    assert proposer_digest(Signed("a"), {"score_floor": 0.1, "det_weights": "y.pth"}) == known
    assert proposer_digest(Signed("b"), {"score_floor": 0.1}) != known
    assert proposer_digest(Signed("a"), {"score_floor": 0.2}) != known
    assert proposer_digest(Signed("a"), {"score_floor": 0.1, "max_boxes": 3}) != known


def test_a_proposer_without_a_signature_is_what_its_config_says():
    known = proposer_digest(object(), {"type": "Own", "weights": "x.pth"})
    assert proposer_digest(object(), {"weights": "x.pth", "type": "Own"}) == known
    assert proposer_digest(object(), {"type": "Own", "weights": "y.pth"}) != known


def test_a_pool_is_its_frames_its_split_and_its_pictures(tmp_path):
    frames = [PoolFrame(f"{n}.png", 8, 8, "s", "c", n, f"g{n}") for n in range(2)]
    pool = FramePool(tmp_path, frames)
    pool.write()
    pool.images.mkdir()
    for n in range(2):
        (pool.images / f"{n}.png").write_bytes(b"picture %d" % n)
    known = pool_digest(pool)
    assert pool_digest(FramePool.load(tmp_path)) == known
    other = pool.holding_out(["g1"])
    other.write()
    assert pool_digest(other) != known
    pool.write()
    (pool.images / "1.png").write_bytes(b"another")
    assert pool_digest(pool) != known


def test_bytes_do_not_pass_from_one_file_to_the_next(tmp_path):
    contents = {"a": b"one", "b": b"two", "c": b"onet", "d": b"wo"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    a, b, c, d = (tmp_path / name for name in contents)
    assert file_digest(a, b) != file_digest(c, d)
    with pytest.raises(InputError, match="e: cannot be read .* check the path"):
        file_digest(tmp_path / "e")
