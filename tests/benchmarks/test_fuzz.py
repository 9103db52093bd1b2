"""The fuzzer: its samples are sound, its walls see every fault, and a short run is clean."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def fuzz():
    """The script as a module."""
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import fuzz

    yield fuzz
    sys.path.remove(str(ROOT / "benchmarks"))


@pytest.fixture(scope="module")
def samples(fuzz):
    return fuzz.draw_samples()


@pytest.fixture
def sandbox(fuzz, tmp_path):
    return fuzz.Sandbox(tmp_path / "case")


@pytest.mark.parametrize("kind", ["coco", "cvat", "yolo", "label studio", "predictions", "boxes",
    "configs", "taxonomies", "generator", "checkpoints", "pictures", "videos"])  # fmt: skip
def test_samples_are_sound(kind, fuzz, samples, tmp_path, monkeypatch):
    from fuzzing import annotation_subjects, broken_texts, subjects

    assert kind in fuzz.SUBJECTS
    for module in (annotation_subjects, broken_texts, subjects):
        for name in ("mutate_structure", "mutate_lines", "mutate_bytes"):
            monkeypatch.setattr(module, name, lambda content, *_: content, raising=False)
        monkeypatch.setattr(module, "odd_value", lambda *_: 2, raising=False)
    for seed in range(4):
        box = fuzz.Sandbox(tmp_path / "case")
        action = subjects.SUBJECTS[kind][0](samples, box, np.random.default_rng(seed))
        outcome = box.run(action)
        assert outcome.verdict == "success", outcome.detail


def test_a_case_is_made_again_from_its_number(fuzz, samples, tmp_path):
    def files(number):
        fuzz.run_case(number, 7, ["label studio"], samples, tmp_path / "case")
        folder = tmp_path / "case/in"
        return {p.name: p.read_bytes() for p in folder.glob("*.json")}

    assert files(1) == files(1) != files(2)


def raising(error):
    def run():
        raise error

    return run


def test_success_and_refusals_are_no_faults(sandbox):
    from surgtools.errors import InputError

    assert sandbox.run(lambda: 0).verdict == "success"
    assert sandbox.run(raising(InputError("a.json: is broken; mend it"))).verdict == "refused"


def test_every_other_end_is_a_fault(sandbox, monkeypatch):
    from fuzzing import sandbox as walls

    from surgtools.errors import InputError

    monkeypatch.setattr(walls, "PATIENCE", 1)

    def without_end():
        while True:
            pass

    for action in (
        raising(ValueError("x")),
        raising(RecursionError()),
        raising(InputError("")),
        lambda: 139,
        without_end,
    ):
        assert sandbox.run(action).verdict == "fault"


def test_changes_outside_are_faults(sandbox):
    def write(path):
        def run():
            path.write_text("x")

        return run

    assert sandbox.run(write(sandbox.out / "a")).verdict == "success"
    for path in (sandbox.outside / "evil.jpg", sandbox.inside / "b", sandbox.out / "link/c"):
        assert sandbox.run(write(path)).verdict == "fault"


def test_json_with_nan_is_a_fault(sandbox):
    def run():
        (sandbox.out / "a.json").write_text("[NaN]")

    assert sandbox.run(run).what == "wrote what is no JSON"


def test_a_short_run_finds_no_fault(tmp_path):
    script = ROOT / "benchmarks/fuzz.py"
    words = ["--cases", "60", "--seed", "1", "--out", str(tmp_path / "faults.json")]
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads((tmp_path / "faults.json").read_text()) == []
    assert "60 cases" in done.stdout


def test_a_stopped_run_goes_on_where_it_was(fuzz, tmp_path, capsys):
    log, words = tmp_path / "cases.jsonl", ["--seed", "1", "--only", "boxes"]
    row = {"number": 6, "kind": "boxes", "verdict": "fault", "what": "seen before the stop"}
    row.update(detail="", seconds=1.0)
    log.write_text(json.dumps(row) + '\n{"begun": 7}\n{"number": 7, "ki')
    assert fuzz.main([*words, "--first", "6", "--cases", "3", "--log", str(log)]) == 1
    assert "3 cases" in (said := capsys.readouterr().out)
    assert "seen before the stop (1 x, cases 6)" in said


def test_a_log_of_other_cases_is_refused(fuzz, tmp_path):
    log = tmp_path / "cases.jsonl"
    words = ["--cases", "1", "--log", str(log)]
    assert fuzz.main([*words, "--seed", "1", "--only", "boxes"]) == 0
    for other in (["--seed", "2", "--only", "boxes"], ["--seed", "1", "--only", "boxes", "cvat"]):
        with pytest.raises(SystemExit, match="holds cases of .*give another --log"):
            fuzz.main([*words, *other])


def test_cases_before_those_of_a_log_are_run(fuzz, tmp_path, capsys):
    words = ["--seed", "1", "--only", "boxes", "--log", str(tmp_path / "cases.jsonl")]
    assert fuzz.main([*words, "--first", "3", "--cases", "1"]) == 0
    assert fuzz.main([*words, "--cases", "4"]) == 0
    assert "4 cases" in capsys.readouterr().out
