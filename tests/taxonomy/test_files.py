"""Taxonomy files: what is written is read back; broken ones are named."""

import pytest

from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Category, Taxonomy
from surgtools.taxonomy.coco_categories import Guess
from surgtools.taxonomy.files import read_taxonomy, write_taxonomy

ODD_NAMES = Taxonomy(
    "odd: names #1",
    (Category(0, "yes", ("null", "1.5", "a: b", "größe", "-"), (("null", "1.5"),)),),
)


@pytest.mark.parametrize("taxonomy", [SURGICAL, ODD_NAMES], ids=lambda taxonomy: taxonomy.name)
def test_written_and_read_back(taxonomy, tmp_path):
    write_taxonomy(taxonomy, tmp_path / "taxonomy.yaml")
    assert read_taxonomy(tmp_path / "taxonomy.yaml") == taxonomy


def test_guesses_are_marked(tmp_path):
    write_taxonomy(ODD_NAMES, tmp_path / "t.yaml", [Guess("yes", "swaps", [])])
    assert "# guessed from the names, please check: swaps" in (tmp_path / "t.yaml").read_text()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.yaml", "categories: [", "cannot be read as YAML"),
        ("t.yaml", "just text", "a list of categories"),
        ("t.yaml", "categories: [{id: 1, name: a, skeleton: [[b, c]]}]", "names keypoint 'b'"),
        ("t.json", "{}", "are .yaml or .py"),
        ("t.yaml", None, "no such taxonomy file"),
    ],
)
def test_broken_files_are_named(tmp_path, name, text, message):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)
    with pytest.raises(InputError, match=message) as caught:
        read_taxonomy(path)
    assert str(path) in str(caught.value)
