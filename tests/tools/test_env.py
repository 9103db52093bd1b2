"""``tools/env.sh`` with a make-believe Python, whose pip only takes notes."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"

# Stands for python3.11: real for code, make-believe for `-m venv`. It writes the environment's
# python, which notes what pip was asked for and waits as long as the file `slow` says.
PYTHON = f"""#!/usr/bin/env bash
if [ "$1 $2" = "-m venv" ]; then
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
elif [ "$1 $2" = "-m pip" ]; then
    echo "${{*:3}}" >>"$PIP_NOTES"
    sleep "$(cat "$PIP_NOTES.slow" 2>/dev/null || echo 0)"
    exit "$(cat "$PIP_NOTES.code" 2>/dev/null || echo 0)"
elif [ "$1 $2" = "-c import cv2" ]; then
    exit 0
else
    exec {sys.executable} "$@"
fi
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the script and its requirements, with the make-believe python3.11 first."""
    (tmp_path / "tools").mkdir()
    shutil.copy(TOOLS / "env.sh", tmp_path / "tools")
    shutil.copytree(TOOLS / "requirements", tmp_path / "tools/requirements")
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin/python3.11"
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


def environment(checkout: Path, **extra: str) -> dict[str, str]:
    unset = ("VIRTUAL_ENV", "CONDA_PREFIX", "SURGTOOLS_PYTHON", "SURGTOOLS_TORCH_INDEX")
    return {k: v for k, v in os.environ.items() if k not in unset} | {
        "PATH": f"{checkout}/bin:{os.environ['PATH']}",
        "SURGTOOLS_ENV_ROOT": str(checkout / "envs"),
        "PIP_NOTES": str(checkout / "notes"),
        **extra,
    }


def start(checkout: Path, **extra: str) -> subprocess.Popen:
    return subprocess.Popen(
        ["bash", str(checkout / "tools/env.sh")],
        env=environment(checkout, **extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def run(checkout: Path, **extra: str) -> tuple[int, str, str]:
    process = start(checkout, **extra)
    out, err = process.communicate()
    return process.returncode, out, err


def installs(checkout: Path) -> int:
    return (checkout / "notes").read_text().count("install ")


def test_builds_once_and_reuses(checkout):
    code, out, err = run(checkout)
    python = Path(out.splitlines()[-1])
    assert code == 0 and python.exists() and "ready after" in err
    notes = (checkout / "notes").read_text()
    assert "runtime.txt" in notes and "generator.txt" in notes
    assert "--no-deps -r" in notes.splitlines()[1]
    code, again, err = run(checkout)
    assert (code, again, "reusing" in err, installs(checkout)) == (0, out, True, 2)


def test_stdout_is_the_path_alone(checkout):
    assert len(run(checkout)[1].splitlines()) == 1


def test_changed_requirements_make_another_environment(checkout):
    _, first, _ = run(checkout)
    with (checkout / "tools/requirements/runtime.txt").open("a") as file:
        file.write("one-more\n")
    _, second, _ = run(checkout)
    assert first != second and installs(checkout) == 4


def test_killed_build_is_made_again(checkout):
    (checkout / "notes.slow").write_text("30")
    process = start(checkout)
    while not (checkout / "notes").exists():
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (checkout / "notes.slow").unlink()
    code, _, err = run(checkout)
    assert code == 0 and "removing an unfinished" in err
    assert installs(checkout) == 3  # one cut off, two whole


def test_two_at_once_build_one(checkout):
    (checkout / "notes.slow").write_text("2")
    first, second = start(checkout), start(checkout)
    answers = [process.communicate() for process in (first, second)]
    assert answers[0][0] == answers[1][0] != ""
    assert installs(checkout) == 2
    assert sum("waiting for it" in err for _, err in answers) == 1


def test_failed_install_is_no_environment(checkout):
    (checkout / "notes.code").write_text("1")
    code, out, err = run(checkout)
    assert (code, out) == (2, "")
    assert "installing failed" in err
    (checkout / "notes.code").unlink()
    assert run(checkout)[0] == 0


def test_torch_index_serves_torch_alone(checkout):
    run(checkout, SURGTOOLS_TORCH_INDEX="file:///wheels")
    first = (checkout / "notes").read_text().splitlines()[0]
    assert "--index-url file:///wheels torch==" in first and "mmcv" not in first


def test_named_python_is_used_and_nothing_is_installed(checkout):
    pytest.importorskip("mmpose")
    code, out, _ = run(checkout, SURGTOOLS_PYTHON=sys.executable)
    assert (code, out.strip()) == (0, sys.executable)
    assert not (checkout / "envs").exists()


def test_named_python_that_is_absent_is_one_line_and_exit_code_2(checkout):
    code, out, err = run(checkout, SURGTOOLS_PYTHON="/no/such/python")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "/no/such/python is no program" in err


def test_named_python_without_mmpose_is_refused(checkout):
    bare = checkout / "bin/bare"
    bare.write_text(f'#!/usr/bin/env bash\nexec {sys.executable} -S -I "$@"\n')
    bare.chmod(0o755)
    code, _, err = run(checkout, SURGTOOLS_PYTHON=str(bare))
    assert code == 2 and "has no mmpose" in err


def test_root_that_cannot_be_written_is_one_line(checkout):
    (checkout / "file").write_text("")
    code, out, err = run(checkout, SURGTOOLS_ENV_ROOT=str(checkout / "file/envs"))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and "set SURGTOOLS_ENV_ROOT" in err
