from dataclasses import dataclass

import numpy as np
import pytest

from data_gen.instruments.shape import chance, one_of, sample_shape, within
from surgtools.errors import InputError


@dataclass(frozen=True)
class Toy:
    length: float = within(0.1, 0.2)
    teeth: int = within(3, 5)
    kind: str = one_of("a", "b")
    bent: bool = chance(0.5)


def draw(ranges=None, seed=0):
    return sample_shape(Toy, np.random.default_rng(seed), ranges)


def test_every_field_is_drawn_within_what_is_written_at_it():
    toys = [draw(seed=seed) for seed in range(60)]
    assert all(0.1 <= toy.length <= 0.2 for toy in toys)
    assert {toy.teeth for toy in toys} == {3, 4, 5}
    assert {toy.kind for toy in toys} == {"a", "b"}
    assert {toy.bent for toy in toys} == {False, True}


def test_equal_seeds_draw_equal_shapes():
    assert draw(seed=4) == draw(seed=4)
    assert draw(seed=4) != draw(seed=5)


def test_given_ranges_replace_the_written_ones():
    toy = draw({"length": [0.5, 0.5], "teeth": 7, "kind": "b", "bent": 1.0})
    assert (toy.length, toy.teeth, toy.kind, toy.bent) == (0.5, 7, "b", True)


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        ({"lenght": [1, 2]}, "'lenght' is unknown"),
        ({"length": [0.3, 0.2]}, "low 0.3 is above high 0.2"),
        ({"length": "long"}, r"'long'; \[low, high\] is expected"),
        ({"kind": "c"}, "'c' is unknown; use one of a, b"),
        ({"length": [0.1, float("inf")]}, r"inf\]; two finite numbers are expected"),
        ({"length": [0.1, float("nan")]}, r"nan\]; two finite numbers are expected"),
        ({"teeth": [3, 10**30]}, r"10{30}\]; two finite numbers are expected"),
        ({"kind": 5}, "kind is 5; a list of words is expected"),
        ({"kind": []}, r"kind is \[\]; a list of words is expected"),
        ({"bent": 1.5}, "a probability in"),
        ({"bent": "often"}, "bent is 'often'; a probability in"),
        ({"bent": [0, 1]}, r"bent is \[0, 1\]; a probability in"),
    ],
)
def test_a_bad_range_is_named(ranges, message):
    with pytest.raises(InputError, match=message):
        draw(ranges)
