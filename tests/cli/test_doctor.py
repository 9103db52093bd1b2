"""``surgtools doctor`` prints findings, mends and exit codes."""

import json

import pytest

import surgtools.doctor
from surgtools.cli import main
from surgtools.doctor.finding import Check, Fault


def probe() -> str:
    return "1.2.3"


def broken() -> str:
    raise Fault("it is gone")


@pytest.fixture
def checks(monkeypatch):
    def use(*probes):
        found = tuple(Check(p.__name__, p, f"mend {p.__name__}") for p in probes)
        monkeypatch.setattr(surgtools.doctor, "CHECKS", found)

    return use


def test_all_well_exits_with_0(checks, capsys):
    checks(probe)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert "1.2.3" in out and "All 1 checks passed" in out


def test_fault_exits_with_1_and_prints_its_mend_once(checks, capsys):
    checks(probe, broken, broken)
    assert main(["doctor"]) == 1
    out = capsys.readouterr().out
    assert "it is gone" in out
    assert out.count("mend broken") == 1


def test_json_is_the_whole_of_stdout(checks, capsys):
    checks(probe, broken)
    assert main(["doctor", "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False
    assert answer["checks"] == [
        {"name": "probe", "ok": True, "found": "1.2.3", "mend": ""},
        {"name": "broken", "ok": False, "found": "it is gone", "mend": "mend broken"},
    ]


def test_unknown_flag_exits_with_2(capsys):
    assert main(["doctor", "--bogus"]) == 2
    assert "--bogus" in capsys.readouterr().err
