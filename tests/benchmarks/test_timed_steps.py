"""A trial takes its steps; the clock tells work from waiting."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.parametrize("side", ["ours", "stock"])
def test_a_trial_takes_its_steps(draw_dataset, side):
    trial = {
        "network": "pose",
        "side": side,
        "cores": 1,
        "workers": 1,
        "batch": 2,
        "warm_up": 1,
        "steps": 2,
        "data": str(draw_dataset(train=4, val=1)),
    }
    done = subprocess.run(
        [sys.executable, str(_FOLDER / "timed_steps.py"), json.dumps(trial)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    times = json.loads(done.stdout.splitlines()[-1])
    assert len(times["seconds"]) == len(times["waited"]) == 2
    pairs = zip(times["seconds"], times["waited"], strict=True)
    assert all(0 < waited < seconds for seconds, waited in pairs)
