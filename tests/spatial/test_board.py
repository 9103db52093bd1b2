import cv2
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.spatial.board import Board


def test_a_drawn_board_is_found_where_it_is():
    board = Board(6, 4, 30.0, 22.0)
    drawn = cv2.copyMakeBorder(board.draw(60), 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    numbers, pixels = board.find(drawn)
    assert len(numbers) == 5 * 3
    expected = board.corners[numbers][:, :2] * 2 + 40 - 0.5
    np.testing.assert_allclose(pixels, expected, atol=0.6)


def test_a_picture_without_it_shows_no_corner():
    numbers, pixels = Board(6, 4, 30.0, 22.0).find(np.full((80, 120, 3), 90, np.uint8))
    assert len(numbers) == 0 and pixels.shape == (0, 2)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ((2, 4, 30, 22), "--board 2x4: 3x3 squares or more"),
        ((6, 4, 30, 30), "--marker 30: more than 0 and less than --square 30"),
        ((6, 4, 30, 22, "7Q"), "--dictionary 7Q is unknown"),
    ],
)
def test_an_impossible_board_is_refused(values, message):
    with pytest.raises(InputError, match=message):
        Board(*values)


def test_a_board_of_more_markers_than_there_are_is_refused():
    with pytest.raises(InputError, match="--board 20x20: needs 200 markers, 4X4_50 has 50"):
        Board(20, 20, 30.0, 22.0).draw(10)
