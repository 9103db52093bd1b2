"""``tools/quickstart.sh`` refuses bad arguments before it makes anything."""

import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools/quickstart.sh"


def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        ["bash", str(SCRIPT), *arguments], capture_output=True, text=True, cwd=cwd
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--bogus"], "unknown argument --bogus"),
        (["pictures"], "unknown argument pictures"),
        (["--images"], "--images wants a folder"),
        (["--images", ""], "--images wants a folder"),
        (["--images", "absent"], "absent: no such folder"),
        (["--images", "empty"], "no pictures in it"),
        (["--out", "file/out"], "cannot be written"),
    ],
)
def test_bad_argument_is_one_line_and_exit_code_2(tmp_path, arguments, message):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    answer = run(*arguments, cwd=tmp_path)
    assert answer.returncode == 2
    assert answer.stdout == ""
    assert answer.stderr.count("\n") == 1 and message in answer.stderr


def test_help_tells_the_arguments(tmp_path):
    answer = run("--help", cwd=tmp_path)
    assert answer.returncode == 0
    assert "--images DIR" in answer.stdout and "--out DIR" in answer.stdout
    assert "--full" in answer.stdout and "set -euo" not in answer.stdout
