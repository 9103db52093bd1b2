"""``tools/env.sh`` with a make-believe Python, whose pip only takes notes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"

# Stands for python3.11: real for code, make-believe for `-m venv`. It writes the environment's
# python, which notes what pip was asked for, the packages in its lists one a line, and waits while
# there is a file `wait`.
PYTHON = f"""#!/usr/bin/env bash
if [ "$1 $2" = "-m venv" ]; then
    mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
elif [ "$1 $2" = "-m pip" ]; then
    echo "${{*:3}}" >>"$PIP_NOTES"
    for word; do
        [[ $word != *.txt ]] || sed -n 's/^\\([a-z][^=]*\\)==.*/  \\1/p' "$word" >>"$PIP_NOTES"
    done
    while [ -e "$PIP_NOTES.wait" ]; do sleep 0.1; done
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


CALLS = 3
"""Installs of one build: setuptools, what comes as source, all else."""


def installs(checkout: Path) -> int:
    return (checkout / "notes").read_text().count("install ")


def calls(checkout: Path) -> list[tuple[list[str], set[str]]]:
    """Words of each call of pip, and the packages in the list it was given."""
    found: list[tuple[list[str], set[str]]] = []
    for line in (checkout / "notes").read_text().splitlines():
        if line.startswith("  "):
            found[-1][1].add(line.strip())
        else:
            found.append((line.split(), set()))
    return found


def locked() -> set[str]:
    lines = (TOOLS / "requirements/lock.txt").read_text().splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line}


def test_builds_once_and_reuses(checkout):
    code, out, err = run(checkout)
    python = Path(out.splitlines()[-1])
    assert code == 0 and python.exists() and "ready after" in err
    code, again, err = run(checkout)
    assert (code, again, "reusing" in err, installs(checkout)) == (0, out, True, CALLS)
    assert sorted(p.suffix for p in (checkout / "envs").iterdir()) == ["", ".lock", ".log"]


def test_every_package_of_the_lock_is_installed_once_and_by_its_hash(checkout):
    run(checkout)
    first, source, rest = calls(checkout)
    assert first[1] == {"setuptools"} and {"torch", "mmpose", "bpy", "ruff"} <= rest[1]
    assert "--no-build-isolation" in source[0] and "onedl-mmcv" in source[1]
    assert not source[1] & rest[1] and source[1] | rest[1] == locked()
    for words, _ in (first, source, rest):
        assert {"--no-deps", "--require-hashes"} <= set(words)
    assert ["--only-binary", ":all:"] == rest[0][-4:-2]  # nothing else may run while it installs


def test_every_row_of_the_lock_has_a_hash_and_fits_the_lists():
    from packaging.requirements import Requirement

    text = (TOOLS / "requirements/lock.txt").read_text()
    rows = re.findall(
        r"^([a-z][^=\s]*)==(\S+)(.*)((?:\n    --hash=sha256:[0-9a-f]{64}.*)+)", text, re.M
    )
    versions = {name: version for name, version, _, _ in rows}
    assert len(rows) == len(re.findall("^[a-z]", text, re.M)) > 100
    assert "://" not in text
    for file in ("runtime", "generator", "dev", "no_deps"):
        for line in (TOOLS / f"requirements/{file}.txt").read_text().splitlines():
            if line and not line.startswith("#"):
                wanted = Requirement(line)
                assert wanted.specifier.contains(versions[wanted.name]), line
                assert any(s.operator in ("<", "==") for s in wanted.specifier), line


def test_stdout_is_the_path_alone(checkout):
    assert len(run(checkout)[1].splitlines()) == 1


def test_changed_requirements_make_another_environment(checkout):
    _, first, _ = run(checkout)
    with (checkout / "tools/requirements/runtime.txt").open("a") as file:
        file.write("one-more\n")
    _, second, _ = run(checkout)
    assert first != second and installs(checkout) == 2 * CALLS


def start_and_wait_inside_pip(checkout: Path) -> subprocess.Popen:
    (checkout / "notes.wait").touch()
    process = start(checkout)
    notes = checkout / "notes"
    while not (notes.exists() and "install " in notes.read_text()):
        time.sleep(0.05)
    return process


def test_killed_build_is_made_again(checkout):
    process = start_and_wait_inside_pip(checkout)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (checkout / "notes.wait").unlink()
    code, _, err = run(checkout)
    assert code == 0 and "removing an unfinished" in err
    assert installs(checkout) == 1 + CALLS  # one cut off, then all


def test_two_at_once_build_one(checkout):
    first = start_and_wait_inside_pip(checkout)
    second = start(checkout)
    assert "waiting for it" in second.stderr.readline()
    (checkout / "notes.wait").unlink()
    answers = [process.communicate()[0] for process in (first, second)]
    assert answers[0] == answers[1] != ""
    assert installs(checkout) == CALLS


def test_failed_install_is_no_environment(checkout):
    (checkout / "notes.code").write_text("1")
    code, out, err = run(checkout)
    assert (code, out) == (2, "")
    assert "installing failed" in err
    (checkout / "notes.code").unlink()
    assert run(checkout)[0] == 0


def test_torch_index_serves_torch_alone(checkout):
    run(checkout, SURGTOOLS_TORCH_INDEX="file:///wheels")
    *_, torch, (words, rest) = calls(checkout)
    assert torch[0][torch[0].index("--index-url") + 1] == "file:///wheels"
    assert [word.partition("==")[0] for word in torch[0][-2:]] == ["torch", "torchvision"]
    assert "--require-hashes" in words and "numpy" in rest
    assert not [name for name in rest if name.startswith(("torch", "nvidia", "cuda", "triton"))]


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
