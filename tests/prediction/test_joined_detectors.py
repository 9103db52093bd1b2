"""Two detectors answer for the sizes that each of them knows."""

from types import SimpleNamespace

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.joined_detectors import (
    Beside,
    JoinedDetectors,
    join_boxes,
    read_beside,
    sizes_of,
)

PICTURE = np.zeros((100, 200, 3), np.uint8)


def boxes(*rows):
    """Boxes of x1, y1, x2, y2, score and category."""
    table = np.array(rows, np.float32).reshape(-1, 6)
    return Boxes(table[:, :4], table[:, 4], table[:, 5].astype(int))


class Says:
    """A detector that always answers the same."""

    backend = SimpleNamespace(spec=SimpleNamespace(max_boxes=3))

    def __init__(self, *rows):
        self.answer, self.asked = boxes(*rows), []

    def __call__(self, images, score_thr=None):
        self.asked.append(score_thr)
        return [self.answer for _ in images]


def test_each_answers_for_its_own_sizes():
    small, large, medium = (0, 0, 30, 40), (0, 0, 80, 60), (10, 0, 44, 45)
    first = Says((*small, 0.5, 1), (*large, 0.9, 1), (*medium, 0.4, 2))
    second = Says((*small, 0.8, 2), (*large, 0.6, 2))
    joined = JoinedDetectors(first, second, Beside("second", smallest=0.55, largest=0.6))
    found, again = joined([PICTURE, PICTURE], 0.2)
    assert found.xyxy.tolist() == [list(large), list(small), list(medium)]
    assert found.category_ids.tolist() == [2, 1, 2]
    assert len(again) == 3
    assert (first.asked, second.asked) == ([0.2], [0.2])
    assert joined.backend is first.backend


def test_the_second_gives_at_most_as_many_as_the_first_may():
    rows = [(at, 0, at + 80, 60, 0.9 - at / 1000, 1) for at in (0, 100, 200, 300, 400)]
    second = Says(*rows)
    joined = JoinedDetectors(Says((0, 0, 30, 40, 0.1, 2)), second, Beside("second", 0.5, 0.6))
    (found,) = joined([PICTURE])
    assert found.xyxy[:, 0].tolist() == [0, 100, 200, 0], "its three best, and that of the first"


def test_sizes_are_diagonals_over_the_shorter_side():
    assert sizes_of(boxes((0, 0, 30, 40, 1, 1)), PICTURE).tolist() == [0.5]


def test_two_boxes_of_one_category_at_one_place_are_one():
    a = boxes((0, 0, 50, 50, 0.5, 1), (0, 0, 50, 50, 0.4, 2))
    b = boxes((1, 0, 50, 50, 0.6, 1))
    found = join_boxes((a, b), 0.65)
    assert found.scores.tolist() == pytest.approx([0.6, 0.4])
    assert found.category_ids.tolist() == [1, 2]
    assert len(join_boxes([Boxes(), Boxes()], 0.65)) == 0


def test_what_a_config_names():
    opened = []
    named = {"model": "other", "smallest": 0.5, "largest": 0.6}
    beside = read_beside({"beside": named}, "a.py", lambda row: opened.append(row) or "network")
    assert beside == Beside("network", 0.5, 0.6)
    assert opened == [named]
    assert read_beside({}, "a.py", opened.append) is None


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ({"model": "other", "smallest": 0.5}, "`smallest` and `largest`"),
        ({"model": "other", "smallest": "x", "largest": 1}, "`smallest` and `largest`"),
        ({"model": "other", "smallest": 0.7, "largest": 0.5}, "0.5 to 0.7 to nobody"),
    ],
)
def test_sizes_that_make_no_sense(named, told):
    with pytest.raises(InputError, match="a.py") as error:
        read_beside({"beside": named}, "a.py", lambda row: "network")
    assert told in str(error.value)
