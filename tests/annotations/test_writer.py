"""Rows are written whole, as objects or as text; nothing is left when it fails."""

import json

import pytest

from surgtools.annotations.writer import open_coco
from surgtools.errors import InputError


def test_rows_and_texts_mix(tmp_path):
    path = tmp_path / "out.json"
    with open_coco(path) as writer:
        writer.value("info", {"a": "ü"})
        assert writer.table("images", ({"id": n} for n in range(5000))) == 5000
        writer.table("annotations", iter([{"id": 1}, '{"id": 2}']))
        writer.table("categories", [])
    content = json.loads(path.read_text())
    assert content["info"] == {"a": "ü"}
    assert [row["id"] for row in content["images"]] == list(range(5000))
    assert content["annotations"] == [{"id": 1}, {"id": 2}]
    assert content["categories"] == []


def test_nothing_written_is_an_empty_object(tmp_path):
    with open_coco(tmp_path / "out.json"):
        pass
    assert json.loads((tmp_path / "out.json").read_text()) == {}


def test_nan_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(InputError, match="entry 3 has a number that JSON does not know"):
        with open_coco(tmp_path / "out.json") as writer:
            writer.table("images", [{"id": 3, "width": float("nan")}])
    assert list(tmp_path.iterdir()) == []
