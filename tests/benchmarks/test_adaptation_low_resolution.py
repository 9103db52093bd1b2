"""One line per resolution, pair and students."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def low(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import adaptation_low_resolution

    return adaptation_low_resolution


def scores(ap, hallucinated=0.0):
    return {"box AP": ap, "keypoint AP": ap, "coverage": 1.0, "hallucinated": hallucinated}


def test_students_by_resolution(low):
    rows = [{"scores": {"4": scores(ap, 0.1)}} for ap in (0.4, 0.6)]
    head, line = (text.split() for text in low.table({"4": scores(0.25)}, rows))
    assert "hallucinated" in head
    aps = "0.250 0.500 +- 0.100 0.250 0.500 +- 0.100"
    assert line == f"4 {aps} 1.000 1.000 +- 0.000 0.000 0.100 +- 0.000".split()
