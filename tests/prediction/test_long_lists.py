import random
import sqlite3
from pathlib import Path

import pytest

from surgtools.errors import InputError
from surgtools.files import natural_order
from surgtools.prediction.long_lists import NameSet, in_natural_order, told


def test_the_order_is_that_of_people_counting():
    rng = random.Random(0)
    letters = "ab.09١é"

    def part() -> str:
        return "".join(rng.choice(letters) for _ in range(rng.randint(1, 5)))

    paths = [Path(*(part() for _ in range(rng.randint(1, 3)))) for _ in range(2500)]
    assert list(in_natural_order(paths)) == sorted(paths, key=natural_order)


def test_names_that_are_no_text_come_back_as_they_were():
    odd = [Path("a\udc80"), Path("a" * 200)]
    assert sorted(in_natural_order(odd)) == sorted(odd)
    assert list(in_natural_order([])) == []


def test_a_set_knows_what_was_put_into_it():
    names = NameSet()
    names.add("a\udc80")
    names.add("a\udc80")
    assert "a\udc80" in names and "a" not in names


def test_a_disk_without_room_is_one_line():
    with pytest.raises(InputError, match="database or disk is full.*; set TMPDIR"):
        with told():
            raise sqlite3.OperationalError("database or disk is full")
