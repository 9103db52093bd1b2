"""A spread is that over seeds."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def scores(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import adaptation_scores

    return adaptation_scores


def test_mean_and_spread(scores):
    assert scores.mean_and_spread([0.5, 0.7, None]) == "0.600 +- 0.100"
    assert scores.mean_and_spread([None]) == "-"
