"""One line per resolution, pair and students."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[3] / "tools/benchmarks"


@pytest.fixture
def low(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import adaptation_low_resolution

    return adaptation_low_resolution


def scores(ap):
    return {"box AP": ap, "keypoint AP": ap, "coverage": 1.0, "hallucinated": 0.0}


def test_students_by_resolution(low):
    rows = [{"scores": {"4": scores(ap)}} for ap in (0.4, 0.6)]
    line = low.table({"4": scores(0.25)}, rows)[-1].split()
    assert line == "4 0.250 0.500 +- 0.100 0.250 0.500 +- 0.100".split()
