"""Categories survive JSON, and tables that say nothing are refused."""

import json

import pytest

from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy
from surgtools.taxonomy.surgical import SURGICAL

PAIR = Category(7, "pair", ("left_end", "right_end"), (("left_end", "right_end"),))
MADE_UP = Taxonomy("made up", (PAIR, Category(3, "box")))


@pytest.mark.parametrize("taxonomy", [SURGICAL, MADE_UP])
def test_a_taxonomy_survives_json(taxonomy):
    assert Taxonomy.from_dict(json.loads(json.dumps(taxonomy.to_dict()))) == taxonomy


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "has no category"),
        ([{"id": 1, "name": "a"}, {"id": 1, "name": "b"}], "two categories of id 1"),
        ([{"id": 1, "name": "a"}, {"id": 2, "name": "a"}], "two categories of name 'a'"),
        ([{"id": 1}], "lacks 'name'"),
        ([{"id": 1, "name": "a", "colour": 3}], "'colour' is unknown"),
        ([{"id": 1, "name": "a", "keypoints": "abc"}], "keypoints is 'abc'; a list is expected"),
        ([{"id": 1, "name": "a", "swaps": ["ab"]}], "a list of pairs is expected"),
        ([7], "category 7 is no table"),
    ],
)
def test_broken_tables_are_refused_in_one_line(rows, message):
    with pytest.raises(InputError, match=message):
        Taxonomy.from_dict({"name": "x", "categories": rows})
