"""A taxonomy comes back from whatever a config or a checkpoint made of it."""

import pytest
from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.taxonomy import COCO_PERSON, SURGICAL, Category, Taxonomy
from surgtools.taxonomy.in_configs import KEY, holds_values, taxonomy_of, to_config, to_taxonomy

DOTS = Taxonomy("dots", (Category(4, "dot", ("a", "b"), (("a", "b"),), (("a", "b"),)),))


def test_nothing_is_the_built_in_one():
    assert to_taxonomy(None) is SURGICAL
    assert taxonomy_of({"classes": ()}) is SURGICAL
    assert taxonomy_of(None) is SURGICAL


def test_a_name_or_a_file_is_read():
    assert to_taxonomy("coco_person") is COCO_PERSON
    with pytest.raises(InputError, match="no such taxonomy file; .* surgical or coco_person"):
        to_taxonomy("coco_persons")


def test_values_survive_a_config(tmp_path):
    Config({"taxonomy": DOTS.to_dict()}).dump(tmp_path / "c.py")
    assert to_taxonomy(Config.fromfile(tmp_path / "c.py").taxonomy) == DOTS
    assert to_taxonomy(DOTS) is DOTS
    assert taxonomy_of({KEY: DOTS.to_dict()}) == DOTS


def test_a_text_of_values_is_a_taxonomy_as_well(tmp_path):
    Config({"taxonomy": to_config(DOTS)}).dump(tmp_path / "c.py")
    own = Config.fromfile(tmp_path / "c.py").taxonomy
    assert to_taxonomy(own) == DOTS
    assert holds_values(own)
    assert holds_values(DOTS.to_dict())
    assert not holds_values("coco_person")
    assert not holds_values(None)
