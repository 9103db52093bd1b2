import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.image_writer import CannotEncode
from surgtools.prediction.video import VideoReader
from surgtools.prediction.video_writer import VIDEO_MARK, VideoWriter


def grey(level: int, width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def test_writer_left_by_an_error_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError), VideoWriter(tmp_path / "v.mp4") as writer:
        writer.write(grey(10))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_writer_left_by_ctrl_c_leaves_a_playable_file(tmp_path):
    with pytest.raises(KeyboardInterrupt), VideoWriter(tmp_path / "v.mp4") as writer:
        writer.write(grey(10))
        writer.write(grey(20))
        raise KeyboardInterrupt
    with VideoReader(str(tmp_path / "v.mp4")) as reader:
        assert sum(1 for _ in reader) == 2


def test_writer_without_frames_makes_nothing(tmp_path):
    with VideoWriter(tmp_path / "v.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_first_frame_is_shown_at_once_whatever_its_time(tmp_path):
    with VideoWriter(tmp_path / "v.mp4") as writer:
        for i in range(3):
            writer.write(grey(20 * i), 36_000 + i / 10)
    with VideoReader(str(tmp_path / "v.mp4")) as reader:
        assert reader._length_s < 1
        assert [time_s for _, time_s, _ in reader] == pytest.approx([0, 0.1, 0.2], abs=1e-4)


@pytest.mark.parametrize("rate", [5, 30, 1000])
def test_the_last_frame_is_shown_as_long_as_the_one_before(tmp_path, rate):
    with VideoWriter(tmp_path / "v.mp4") as writer:
        for i in range(20):
            writer.write(grey(10 * i), i / rate)
    with VideoReader(str(tmp_path / "v.mp4")) as reader:
        assert reader._length_s == pytest.approx(20 / rate, abs=2e-3)


def test_frames_that_h264_has_no_room_for_are_refused_by_size(tmp_path):
    with pytest.raises(CannotEncode, match="frames of 20000 x 2 pixels cannot be written"):
        with VideoWriter(tmp_path / "v.mp4") as writer:
            writer.write(grey(0, 20_000, 2))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["v.avi", "v", "v.mp4.gif"])
def test_a_name_of_another_format_is_refused(tmp_path, name):
    with pytest.raises(InputError, match="videos are written as .mp4, .m4v, .mov"):
        VideoWriter(tmp_path / name)


def test_every_video_says_near_its_start_who_wrote_it(tmp_path):
    with VideoWriter(tmp_path / "a.mp4") as writer:
        for level in range(40):
            writer.write(np.full((48, 64, 3), level, np.uint8))
    assert VIDEO_MARK.encode() in (tmp_path / "a.mp4").read_bytes()[:1000]
