"""``data video``: pictures to a video."""

import numpy as np
import pytest

from surgtools.prediction.video_writer import VIDEO_MARK, VideoWriter


def test_number_of_frames_is_said(data, draw_dataset, tmp_path):
    folder = draw_dataset(train=3) / "train/images"
    code, text, _ = data("video", folder, "--out", tmp_path / "clip.mp4")
    assert code == 0 and "3 frames" in text
    assert (tmp_path / "clip.mp4").stat().st_size > 500


def test_empty_folder_is_one_line(data, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = data("video", tmp_path / "empty", "--out", tmp_path / "clip.mp4")
    assert code == 2 and "holds no pictures" in err
    assert not (tmp_path / "clip.mp4").exists()


@pytest.mark.parametrize("rate", ["1e9", "0", "1e-9", "nan"])
def test_a_rate_that_no_player_keeps_is_refused(rate, data, draw_dataset, tmp_path):
    folder = draw_dataset(train=2) / "train/images"
    code, _, err = data("video", folder, "--out", tmp_path / "clip.mp4", "--fps", rate)
    assert code == 2 and f"{rate}: " in err and not (tmp_path / "clip.mp4").exists()


def test_its_own_video_is_replaced_and_no_other_file(data, draw_dataset, tmp_path):
    folder, out = draw_dataset(train=3) / "train/images", tmp_path / "clip.mp4"
    assert data("video", folder, "--out", out)[0] == 0
    sorted(folder.iterdir())[0].unlink()
    code, text, _ = data("video", folder, "--out", out)
    assert code == 0 and "2 frames" in text
    foreign = out.read_bytes().replace(VIDEO_MARK.encode(), b"A film of the operation"[:18])
    out.write_bytes(foreign)
    code, _, err = data("video", folder, "--out", out)
    assert code == 2 and err.count("\n") == 1
    assert "clip.mp4: is there and is not a video of surgtools; give another name" in err
    assert out.read_bytes() == foreign


def test_a_long_video_is_known_again(data, draw_dataset, tmp_path):
    """Its table of frames alone is longer than what is looked at."""
    out = tmp_path / "clip.mp4"
    with VideoWriter(out) as writer:
        for number in range(12_000):
            writer.write(np.full((16, 16, 3), number % 256, np.uint8))
    folder = draw_dataset(train=2) / "train/images"
    assert data("video", folder, "--out", out)[0] == 0
