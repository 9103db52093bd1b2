"""The crash campaign: what its verdicts mean, and that one disturbed command is judged."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def crashes(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import crashes

    return crashes


def test_ends_of_a_command(crashes):
    kinds = {
        (0, ""): "done",
        (2, "surgtools data: x: no such file"): "said",
        (1, "Traceback (most recent call last):\n  ..."): "traceback",
        (-signal.SIGKILL, ""): "killed",
        (-signal.SIGSEGV, ""): "traceback",
        (-signal.SIGALRM, "no end"): "traceback",
    }
    assert {key: crashes.Ending(*key).kind for key in kinds} == kinds


@pytest.mark.parametrize(
    ("code", "said", "same", "verdict"),
    [
        (0, "", True, "same"),
        (0, "", False, "lost"),
        (2, "surgtools train: run: holds a run; add --resume", False, "said"),
        (2, "Segmentation fault", False, "lost"),
        (1, "Traceback (most recent call last):", True, "lost"),
    ],
)
def test_what_the_next_run_must_do(crashes, code, said, same, verdict):
    assert crashes.judge(crashes.Ending(code, said), same) == verdict


def test_a_killed_command_is_run_again_and_compared(crashes, tmp_path):
    from crashing.jobs import JOBS, draw_data

    draw_data(data := tmp_path / "data", pictures=16, size=96)
    out = tmp_path / "out"
    out.mkdir()
    command = JOBS["split"].command(tmp_path / "data", out)
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    # Killed at once: a fast machine ends the command in half a second.
    calm = (crashes.Calm(0.05, 10000, 1 << 30), JOBS["split"].facts(out))
    row = crashes.run_case("split", "killed", calm, tmp_path, np.random.default_rng(0), data)
    assert (row["first"], row["second"]) == ("killed", "same"), row
    changed = (calm[0], {})
    row = crashes.run_case("split", "killed", changed, tmp_path, np.random.default_rng(0), data)
    assert row["second"] == "lost"


def test_jobs_name_commands_of_the_product(crashes, tmp_path):
    from crashing.jobs import JOBS

    for name, job in JOBS.items():
        words = job.command(tmp_path, tmp_path / "out")
        assert words[:3] == [sys.executable, "-m", "surgtools"], name
        assert words[3] in ("data", "predict", "export", "train", "adapt", "generate")


def test_a_table_is_made_of_several_logs(crashes, tmp_path, capsys):
    row = {"job": "split", "trouble": "killed", "first": "killed"}
    for number, second in enumerate(("same", "lost")):
        log = tmp_path / f"{number}.jsonl"
        log.write_text(json.dumps({"number": number, **row, "second": second}) + "\n")
    logs = [str(tmp_path / f"{number}.jsonl") for number in range(2)]
    assert crashes.main(["--table", logs[0]]) == 0
    capsys.readouterr()
    assert crashes.main(["--table", *logs]) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[-2].split() == ["split", "killed", "2", "2", "1", "0", "1"]


def test_a_stopped_campaign_goes_on_where_it_was(crashes, tmp_path, capsys):
    log = tmp_path / "log.jsonl"
    row = {"job": "split", "trouble": "killed", "first": "killed", "second": "same"}
    log.write_text("".join(json.dumps({"number": n, **row}) + "\n" for n in (4, 5)))
    with log.open("a") as file:
        file.write('{"number": 6, "jo')  # cut by the stop
    words = ["--first", "4", "--cases", "2", "--log", str(log)]
    assert crashes.main(words) == 0
    assert [r["number"] for r in crashes.read_log(log)] == [4, 5]
    assert "undisturbed" not in capsys.readouterr().out


def test_a_log_of_another_campaign_is_refused(crashes, tmp_path):
    log = ["--cases", "0", "--log", str(tmp_path / "log.jsonl")]
    assert crashes.main([*log, "--seed", "3"]) == 0
    for words in (["--seed", "4"], ["--seed", "3", "--only", "split"]):
        with pytest.raises(SystemExit, match="holds cases of .*give another --log"):
            crashes.main([*log, *words])
