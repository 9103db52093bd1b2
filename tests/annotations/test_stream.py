"""Rows arrive as ``json.load`` would give them, whatever the chunks; broken files are located."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surgtools.annotations import json_cursor, stream
from surgtools.annotations.stream import CocoStream, read_categories
from surgtools.errors import InputError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FILES = st.fixed_dictionaries(
    {table: st.lists(VALUES, max_size=5) for table in stream.TABLES},
    optional={"info": VALUES, "licenses": VALUES},
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=FILES, indent=st.sampled_from([None, 1]), chunk=st.integers(1, 40))
def test_rows_are_what_json_load_gives(content, indent, chunk, tmp_path, monkeypatch):
    monkeypatch.setattr(json_cursor, "_CHUNK", chunk)
    path = tmp_path / "any.json"
    path.write_text(json.dumps(content, indent=indent), encoding="utf-8")
    source = CocoStream(path)
    rows = list(source)
    for table in stream.TABLES:
        assert [row.value for row in rows if row.table == table] == content[table]
    assert all(json.loads(row.text) == row.value for row in rows)
    assert source.rest == {k: v for k, v in content.items() if k not in stream.TABLES}
    assert read_categories(path) == content["categories"]


def test_categories_are_found_behind_the_annotations_and_beside_a_namesake(tmp_path):
    path = tmp_path / "a.json"
    content = {"annotations": [{"categories": [1]}], "categories": [{"id": 1, "name": "x"}]}
    path.write_text(json.dumps(content))
    assert read_categories(path) == content["categories"]
    path.write_text('{"images": []}')
    assert read_categories(path) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a COCO file is an object"),
        ("[]", "a COCO file is an object"),
        ('{"images": {}}', "`images` is no list"),
        ('{"images": [], "images": []}', "`images` occurs twice"),
        ('{"images": [{}\n, {]}', "line 2 column 4 is not JSON"),
        ('{"images": [{}', "`]` is expected"),
        ('{"images": []} x', "the file goes on after its end"),
        ("{images: []}", "line 1 column 2"),
        ('{"annotations": [' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_broken_files_are_located(text, message, tmp_path):
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(InputError, match=message.replace("[", r"\[")) as caught:
        list(CocoStream(path))
    assert "broken.json" in str(caught.value)


def test_categories_that_are_nested_too_deeply_are_refused(tmp_path):
    path = tmp_path / "deep.json"
    path.write_text('{"categories": [' + "[" * 100_000)
    with pytest.raises(InputError, match="deep.json.*nested too deeply"):
        read_categories(path)


def test_missing_and_undecodable_files_are_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        list(CocoStream(tmp_path / "none.json"))
    (tmp_path / "latin.json").write_bytes(b'{"info": "\xff"}')
    with pytest.raises(InputError, match="cannot be read"):
        list(CocoStream(tmp_path / "latin.json"))
