"""Pages are whole, need nothing from outside and escape what users wrote."""

import numpy as np
import pytest

from surgtools.annotations.pages import to_bars, to_data_uri, write_page

CHECK = {
    "title": "t",
    "version": "1",
    "files": {"<b>.json": {"images": 1, "annotations": 2}},
    "unreadable": [],
    "counts": {"error": 0, "warning": 0, "note": 0},
    "fixable": 0,
    "groups": [],
}


def test_page_is_self_contained_and_escaped(tmp_path):
    write_page(tmp_path / "p.html", "check.html", **CHECK)
    text = (tmp_path / "p.html").read_text()
    assert "&lt;b&gt;.json" in text and "<b>.json" not in text
    assert "No problem found" in text
    assert "http" not in text and "src=" not in text


def test_missing_value_fails_and_leaves_no_file(tmp_path):
    with pytest.raises(Exception, match="undefined"):
        write_page(tmp_path / "p.html", "check.html", title="t")
    assert list(tmp_path.iterdir()) == []


def test_bars_count_outliers_at_the_ends():
    bars = to_bars([-5, 0.1, 0.6, 0.7, 9], 0, 1, bins=2)
    assert [bar["height"] for bar in bars] == [2 / 3, 1.0]
    assert bars[0]["title"] == "0 to 0.5: 2"
    assert [bar["height"] for bar in to_bars([], 0, 1, bins=2)] == [0, 0]


def test_picture_becomes_text():
    assert to_data_uri(np.zeros((8, 8, 3), np.uint8)).startswith("data:image/jpeg;base64,/9j/")
