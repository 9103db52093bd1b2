"""No locked package has a fault that the world knows of and a later version has mended."""

import json
import shutil
import subprocess
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


@pytest.mark.slow
def test_no_locked_package_has_a_mended_fault():
    program = shutil.which("pip-audit")
    if program is None:
        pytest.skip("pip-audit is missing; `pip install pip-audit` in an environment of its own")
    words = ["--requirement", str(LOCK), "--disable-pip", "--require-hashes", "--format", "json"]
    done = subprocess.run([program, *words], capture_output=True, text=True)
    if not done.stdout.strip():
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        pytest.skip(f"pip-audit reaches no list of faults here: {reason}")
    assert mended_faults(json.loads(done.stdout)) == []


def test_faults_without_a_remedy_are_left_out():
    faults = [{"id": "A-1", "fix_versions": ["2.0"]}, {"id": "A-2", "fix_versions": []}]
    rows = [{"name": "x", "version": "1.0", "vulns": faults}, {"name": "y", "skip_reason": "?"}]
    assert mended_faults({"dependencies": rows}) == ["x 1.0: A-1, mended in 2.0"]
