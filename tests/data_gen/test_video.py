"""Clips as files: H.264 in order, in an even size, and the same bytes every time."""

import av
import cv2
import numpy as np
import pytest

from data_gen.video import stored_frames, write_clip
from surgtools.errors import InputError


@pytest.fixture
def pictures(tmp_path):
    paths = []
    for i in range(5):
        path = tmp_path / f"{i}.jpg"
        cv2.imwrite(str(path), np.full((49, 65, 3), 40 + 40 * i, np.uint8))
        paths.append(path)
    return paths


def test_a_clip_plays_back_in_order(tmp_path, pictures):
    write_clip(tmp_path / "clip.mp4", pictures, fps=25, rate_factor=20)
    with av.open(str(tmp_path / "clip.mp4")) as clip:
        stream = clip.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height) == (64, 48)
        assert float(stream.average_rate) == 25
        means = [frame.to_ndarray(format="bgr24").mean() for frame in clip.decode(video=0)]
    assert means == pytest.approx([40, 80, 120, 160, 200], abs=4)


def test_a_clip_plays_at_a_fractional_rate(tmp_path, pictures):
    write_clip(tmp_path / "clip.mp4", pictures, fps=12.5, rate_factor=20)
    with av.open(str(tmp_path / "clip.mp4")) as clip:
        assert float(clip.streams.video[0].average_rate) == 12.5


def test_frames_are_counted_and_a_damaged_clip_has_none(tmp_path, pictures):
    clip = tmp_path / "clip.mp4"
    write_clip(clip, pictures[:3], fps=25, rate_factor=20)
    assert stored_frames(clip) == 3
    clip.write_bytes(clip.read_bytes()[:100])
    assert stored_frames(clip) == 0


def test_the_same_pictures_give_the_same_bytes(tmp_path, pictures):
    for name in ("a.mp4", "b.mp4"):
        write_clip(tmp_path / name, pictures, fps=25, rate_factor=28)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_missing_picture_is_named_and_nothing_is_left(tmp_path, pictures):
    pictures[2].unlink()
    with pytest.raises(InputError, match=r"2\.jpg: cannot be read"):
        write_clip(tmp_path / "clip.mp4", pictures, fps=25, rate_factor=28)
    assert not list(tmp_path.glob("*.mp4"))
