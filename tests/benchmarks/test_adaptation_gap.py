"""The share of the gap that was closed, by hand."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def gap(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import adaptation_gap

    return adaptation_gap


def scores(ap):
    return {"box AP": ap, "keypoint AP": ap, "coverage": 1.0, "hallucinated": 0.0}


def test_share_of_the_gap(gap):
    kinds = dict(zip(gap.KINDS, map(scores, (0.2, 0.5, 0.8)), strict=True))
    # (0.5 - 0.2) / (0.8 - 0.2)
    assert gap.table([kinds])[-1] == "share of the gap in keypoint AP closed: 0.500 +- 0.000"
    # seeds without an oracle of their own count, too: (0.2 - 0.2) / 0.6
    rows = [kinds, {kind: kinds[gap.KINDS[0]] for kind in gap.KINDS[:2]}]
    assert gap.table(rows)[-1].endswith("closed: 0.250 +- 0.250")
    assert gap.closed_share(scores(0.5), scores(0.6), scores(0.5), "box AP") is None
