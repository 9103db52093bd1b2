"""What has no hash can be an argument of a cached call."""

from functools import lru_cache

from data_gen.unhashed import Unhashed


def test_the_same_object_is_found_again_and_an_equal_one_is_not():
    calls = []

    @lru_cache
    def count(held: Unhashed) -> int:
        calls.append(held.value)
        return len(held.value)

    rows = [1, 2]
    assert [count(Unhashed(rows)), count(Unhashed(rows)), count(Unhashed([1, 2]))] == [2, 2, 2]
    assert len(calls) == 2
