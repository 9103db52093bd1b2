"""The table of gains: means over seeds, and their ratio with its error."""

from pathlib import Path

import numpy as np
import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def learning(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import active_learning

    return active_learning


def test_the_error_of_a_ratio_by_hand(learning):
    """0.2 +- 0.02 over 0.1 +- 0.01 (of the mean of two): 2 * sqrt(0.1^2 + 0.1^2)."""
    gains = {"suggested": np.array([0.18, 0.22]), "random": np.array([0.09, 0.11])}
    assert learning.spread_of_ratio(gains) == pytest.approx(2 * np.sqrt(0.02))
    assert np.isnan(learning.spread_of_ratio({name: own[:1] for name, own in gains.items()}))


def test_a_table_tells_gains_and_what_was_chosen(learning):
    def row(ap, count):
        return {"box AP": ap, "of the unknown": count, "shots": count, "instruments": count}

    after = {"random": [row(0.3, 10), row(0.4, 20)], "suggested": [row(0.4, 30), row(0.6, 30)]}
    told = "\n".join(learning.table(0.2, after))
    assert "gain 0.150 +- 0.050 (0.100, 0.200)" in told
    assert "ratio of mean gains: 2.00" in told and "shots: random 15.0, suggested 30.0" in told
