"""A taxonomy comes back from whatever a config or a checkpoint made of it."""

from mmengine.config import Config

from surgtools.taxonomy import SURGICAL, Category, Taxonomy
from surgtools.taxonomy.in_configs import KEY, taxonomy_of, to_taxonomy

DOTS = Taxonomy("dots", (Category(4, "dot", ("a", "b"), (("a", "b"),), (("a", "b"),)),))


def test_nothing_is_the_built_in_one():
    assert to_taxonomy(None) is SURGICAL
    assert taxonomy_of({"classes": ()}) is SURGICAL
    assert taxonomy_of(None) is SURGICAL


def test_values_survive_a_config(tmp_path):
    Config({"taxonomy": DOTS.to_dict()}).dump(tmp_path / "c.py")
    assert to_taxonomy(Config.fromfile(tmp_path / "c.py").taxonomy) == DOTS
    assert to_taxonomy(DOTS) is DOTS
    assert taxonomy_of({KEY: DOTS.to_dict()}) == DOTS
