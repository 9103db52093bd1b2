"""How far gates were from their limits, by hand."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[3] / "tools/benchmarks"


@pytest.fixture
def faults(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import adaptation_faults

    return adaptation_faults


def test_margins_of_gates(faults):

    def run(fault, value):
        gate = {"name": "empty frames", "value": value, "limit": 0.2, "at_most": True}
        return {"fault": fault, "gates": [gate]}

    rows = [run("none", 0.05), run("none", 0.1), run("blind", 1.0), run("blind", None)]
    line = faults.gate_table(rows)[-1].split()
    # harmless margins 0.15 and 0.1; harmful -0.8 and, for no number, minus infinity
    assert line == "empty frames at most 2 0 0.100 0.125 2 2 -inf -inf".split()
