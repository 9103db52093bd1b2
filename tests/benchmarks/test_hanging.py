"""What counts as hanging: work and sleep, but not waiting for a processor."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hanging(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import hanging

    return hanging


@pytest.fixture
def machine(hanging, monkeypatch):
    """A machine with one process of one thread, whose clock and process are set by the test."""
    state = {"clock": 0.0, "thread": "R", "ticks": 0}
    monkeypatch.setattr(hanging.time, "monotonic", lambda: state["clock"])
    monkeypatch.setattr(hanging, "_family", lambda pid: [pid])
    monkeypatch.setattr(hanging, "_threads", lambda pid: ["1"])
    monkeypatch.setattr(hanging.os, "sysconf", lambda name: 100)
    monkeypatch.setattr(
        hanging, "_fields", lambda path: [state["thread"], *["0"] * 10, state["ticks"], 0, 0, 0]
    )
    return state


@pytest.mark.parametrize(
    ("thread", "ticks", "spent"),
    [
        ("R", 0, 0.0),  # could run, got no processor
        ("D", 0, 0.0),  # waits for a disk
        ("R", 700, 7.0),  # works
        ("S", 0, 60.0),  # sleeps
        ("S", 700, 67.0),
    ],
)
def test_work_and_sleep_count_and_waiting_does_not(hanging, machine, thread, ticks, spent):
    patience = hanging.Patience(1)
    machine.update(clock=60.0, thread=thread, ticks=ticks)
    assert patience.spent() == spent
    patience.renew()
    assert patience.spent() == 0.0


def test_children_are_looked_at(hanging):
    busy = "while True: pass"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {busy!r}])"
    with subprocess.Popen([sys.executable, "-c", script], start_new_session=True) as process:
        try:
            assert hanging.wait(process, 0.5) is None
            family = list(hanging._family(process.pid))
        finally:
            subprocess.run(["kill", "-9", "--", f"-{process.pid}"], check=True)
    assert len(family) == 2


def test_an_end_is_waited_for(hanging):
    with subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"]) as process:
        assert hanging.wait(process, 60) == 3
