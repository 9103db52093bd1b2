"""The table of fields: what each may hold, and what cannot be written again."""

import math

import pytest

from surgtools.annotations.check.fields import (
    ANNOTATION_FIELDS,
    IMAGE_FIELDS,
    require_writable,
    shorten,
)
from surgtools.errors import InputError


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("track_id", [3, "a", None], [[1], 1.5]),
        ("score", [0.5, 1], ["good", math.nan]),
        ("iscrowd", [0, 1], [2, "0"]),
    ],
)
def test_rules_of_annotations(field, good, bad):
    def sound(value) -> bool:
        return all(rule.is_sound(value) for rule in ANNOTATION_FIELDS[field])

    assert all(map(sound, good)) and not any(map(sound, bad))


def test_every_rule_says_what_is_expected():
    for steps in (*IMAGE_FIELDS.values(), *ANNOTATION_FIELDS.values()):
        assert all(rule.expected for rule in steps)


def test_carried_number_that_is_none_is_named_with_its_place():
    require_writable({"camera": {"fx": [1.0, 2.0]}}, "a.json: image 3")
    with pytest.raises(InputError, match=r"^a\.json: image 3: camera\.fx\[1\] is nan"):
        require_writable({"camera": {"fx": [1.0, math.nan]}}, "a.json: image 3")


def test_values_are_shown_in_one_short_line():
    assert shorten("a\nb") == r"'a\nb'" and len(shorten("x" * 999)) == 80
