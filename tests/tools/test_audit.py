"""No locked package has a fault that the world knows of and a later version has mended."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

LOCK = Path(__file__).resolve().parents[2] / "tools/requirements/lock.txt"


def mended_faults(audited: dict) -> list[str]:
    """One line for each known fault of an audit's packages that has a remedy."""
    return [
        f"{row['name']} {row['version']}: {fault['id']}, mended in {fault['fix_versions'][0]}"
        for row in audited["dependencies"]
        for fault in row.get("vulns", ())
        if fault["fix_versions"]
    ]


def passed_over(audited: dict) -> list[str]:
    """Packages that no list of faults knew, with the reason."""
    rows = (row for row in audited["dependencies"] if "skip_reason" in row)
    return [f"{row['name']}: {row['skip_reason']}" for row in rows]


def run(*words: object) -> tuple[int, str, str]:
    """Exit code of a program, its output, and the last line of its complaints."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    return done.returncode, done.stdout, (done.stderr.strip().splitlines() or ["nothing said"])[-1]


@pytest.mark.slow
def test_no_locked_package_has_a_mended_fault(tmp_path):
    code, _, said = run(sys.executable, "-m", "venv", tmp_path / "audit")
    if code:
        pytest.skip(f"no environment can be made here for pip-audit: {said}")
    python = tmp_path / "audit/bin/python"
    code, _, said = run(python, "-m", "pip", "install", "--quiet", "--retries", 1, "pip-audit")
    if code:
        pytest.skip(f"no package index is reached here to install pip-audit from: {said}")
    words = ["--requirement", LOCK, "--disable-pip", "--require-hashes", "--format", "json"]
    _, found, said = run(python, "-m", "pip_audit", *words)
    if not found.strip():
        pytest.skip(f"pip-audit reaches no list of faults here: {said}")
    audited = json.loads(found)
    unknown = passed_over(audited)
    assert mended_faults(audited) == []
    if unknown:
        count = f"{len(unknown)} of {len(audited['dependencies'])} packages"
        pytest.skip(f"the list of faults that is reached here lacks {count}: {unknown[0]}")


FAULTS = [{"id": "A-1", "fix_versions": ["2.0"]}, {"id": "A-2", "fix_versions": []}]
AUDITED = {
    "dependencies": [
        {"name": "x", "version": "1.0", "vulns": FAULTS},
        {"name": "y", "skip_reason": "not found"},
        {"name": "z", "version": "1.0", "vulns": []},
    ]
}


def test_faults_without_a_remedy_are_left_out():
    assert mended_faults(AUDITED) == ["x 1.0: A-1, mended in 2.0"]


def test_packages_that_were_not_looked_up_are_told():
    assert passed_over(AUDITED) == ["y: not found"]
