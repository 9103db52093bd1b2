"""A model file names a category, or defines one."""

from pathlib import Path

import pytest

from data_gen.instruments.categories import category_in, with_category
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL

FILE = Path("own.yaml")
POINTS = ("hinge", "left_tip", "right_tip")


def test_a_known_name_is_that_category():
    assert category_in("tweezers", (), SURGICAL, FILE) is SURGICAL.get("tweezers")


def test_a_table_defines_one_from_the_keypoints_of_the_file():
    own = category_in({"name": "dissector"}, POINTS, SURGICAL, FILE)
    assert (own.id, own.keypoints) == (3, POINTS)
    assert own.swaps == (("left_tip", "right_tip"),)
    wider = with_category(SURGICAL, own)
    assert wider.classes == (*SURGICAL.classes, "dissector")
    assert with_category(wider, own) is wider


def test_two_files_of_one_category_agree():
    own = category_in({"name": "dissector"}, POINTS, SURGICAL, FILE)
    wider = with_category(SURGICAL, own)
    assert category_in({"name": "dissector"}, POINTS, wider, FILE) is own
    with pytest.raises(InputError, match="own.yaml: category 'dissector' is another one than"):
        category_in({"name": "dissector"}, POINTS[1:], wider, FILE)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("spoon", "own.yaml: category 'spoon' is unknown"),
        ({"id": 1, "name": "dissector"}, "id 1 is that of needle_holder"),
        ({"name": "dissector", "colour": 1}, "'colour' is unknown"),
        ({"name": "dissector", "skeleton": [["hinge", "nose"]]}, "skeleton names keypoint 'nose'"),
        ({"name": "dissector", "keypoints": ["hinge"]}, "make them the same"),
        ({"name": "tweezers"}, "is another one than taxonomy"),
    ],
)
def test_what_contradicts_is_refused(value, message):
    with pytest.raises(InputError, match=message):
        category_in(value, POINTS, SURGICAL, FILE)
