"""Time on the clock, and time of the processors in what was started."""

import subprocess
import sys
import time
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[3] / "benchmarks/peers"
WORK = "import time\nwhile time.process_time() < 0.3: pass"


def test_work_counts_and_sleep_does_not(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    from timed import measured

    busy = measured(lambda: subprocess.run([sys.executable, "-c", WORK], check=True))
    assert 0.3 / 60 <= busy["cpu_minutes"] < 3 / 60
    idle = measured(lambda: time.sleep(0.2))
    assert idle["minutes"] >= 0.2 / 60 and idle["cpu_minutes"] == 0
