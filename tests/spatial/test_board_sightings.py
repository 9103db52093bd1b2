from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.video_writer import VideoWriter
from surgtools.spatial.board import Board
from surgtools.spatial.board_sightings import find_board

BOARD = Board(6, 4, 30.0, 22.0)
PICTURE = cv2.cvtColor(
    cv2.copyMakeBorder(BOARD.draw(60), 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255),
    cv2.COLOR_GRAY2BGR,
)


def pictures(folder: Path, count: int, damaged: tuple[int, ...] = ()) -> str:
    folder.mkdir()
    for number in range(count):
        cv2.imwrite(str(folder / f"{number}.png"), PICTURE)
    for number in damaged:
        (folder / f"{number}.png").write_text("no picture")
    return str(folder)


def film(path: Path, numbers: list[int], fps: float = 25) -> str:
    """A video that holds these of its frames."""
    with VideoWriter(path, fps=fps) as writer:
        for number in numbers:
            writer.write(PICTURE, number / fps)
    return str(path)


def test_a_picture_keeps_its_number_whatever_cannot_be_read_before_it(tmp_path):
    found = find_board(BOARD, pictures(tmp_path / "a", 5, damaged=(1,)))
    assert list(found.seen) == [0, 2, 3, 4] and found.size == (480, 360)
    assert [Path(problem.source).name for problem in found.problems] == ["1.png"]


def test_stride_and_most_frames_hold_for_pictures_too(tmp_path):
    found = find_board(BOARD, pictures(tmp_path / "a", 9, damaged=(3,)), stride=2, max_frames=3)
    assert list(found.seen) == [0, 2, 4]


def test_a_frame_keeps_its_number_whatever_is_missing_before_it(tmp_path):
    whole = film(tmp_path / "a.mp4", list(range(20)))
    gaps = film(tmp_path / "b.mp4", [n for n in range(20) if n not in (2, 3, 10)])
    assert list(find_board(BOARD, whole).seen) == [0, 5, 10, 15]
    rate = find_board(BOARD, whole).frame_rate
    assert list(find_board(BOARD, gaps, frame_rate=rate).seen) == [0, 5, 15]
    assert list(find_board(BOARD, gaps, 1, 5, rate).seen) == [0, 1, 4]


def test_a_faster_camera_is_numbered_by_the_first_one(tmp_path):
    fast = film(tmp_path / "a.mp4", list(range(20)), fps=50)
    assert list(find_board(BOARD, fast, 1, frame_rate=25.0).seen) == list(range(11))


def test_videos_of_one_folder_follow_each_other(tmp_path):
    (tmp_path / "a").mkdir()
    film(tmp_path / "a/1.mp4", list(range(6)))
    film(tmp_path / "a/2.mp4", list(range(6)))
    assert list(find_board(BOARD, str(tmp_path / "a"), stride=4).seen) == [0, 4, 8]


def test_pictures_of_two_sizes_are_one_clear_line(tmp_path):
    folder = pictures(tmp_path / "a", 2)
    cv2.imwrite(str(tmp_path / "a/2.png"), np.zeros((48, 64, 3), np.uint8))
    with pytest.raises(InputError, match=r"2\.png is 64x48, those before it 480x360; give"):
        find_board(BOARD, folder)


def test_what_holds_no_frame_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="gone: no such file"):
        find_board(BOARD, str(tmp_path / "gone"))
    with pytest.raises(InputError, match="a: no frame can be read .no picture that OpenCV"):
        find_board(BOARD, pictures(tmp_path / "a", 1, damaged=(0,)))
