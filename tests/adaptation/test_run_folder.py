"""A folder is one run's as soon as that has looked at its target, and nobody's before."""

from pathlib import Path

import pytest

from surgtools.adaptation.run_folder import RunFolder, read_run_facts, recorded_files
from surgtools.errors import InputError

PAIR = {"det_model": "d.py", "det_weights": "d.pth", "pose2d": "p.py", "pose2d_weights": "p.pth"}


def facts(**settings):
    settings = {"seed": 0, "device": None, "pose": {"num_workers": 2, "epochs": 6}, **settings}
    return {"targets": ["a"], "source": "s", "pair": PAIR, "student": None, "settings": settings}


@pytest.fixture
def claim(tmp_path):
    """Function of settings to a folder claimed with them."""

    def claim(**settings):
        folder = RunFolder(tmp_path, facts(**settings))
        folder.claim()
        return folder

    return claim


def leave(folder, *names):
    for name in names:
        path = folder.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def test_before_its_first_look_a_run_has_no_claim_and_what_it_left_is_deleted(claim, tmp_path):
    leave(claim(), "pool/images/0.png", "knowledge.json", "start/pose.pth", "notes.txt")
    claim(seed=1)
    assert {path.name for path in (tmp_path / "work").iterdir()} == {"settings.json", "notes.txt"}
    assert read_run_facts(tmp_path)["settings"]["seed"] == 1


def test_after_it_another_run_is_refused_and_the_same_goes_on(claim):
    leave(claim(), "first_look.npz", "start/pose.pth")
    with pytest.raises(InputError, match="holds a run with other targets, models or settings"):
        claim(seed=1)
    folder = claim()
    assert folder.keeps("start") and not folder.keeps("student")


def test_settings_that_no_result_depends_on_may_change(claim):
    leave(claim(), "first_look.npz")
    claim(device="cpu", trust_checkpoint=True, pose={"num_workers": 0, "epochs": 6})
    with pytest.raises(InputError, match="holds a run"):
        claim(pose={"num_workers": 2, "epochs": 5})


@pytest.mark.parametrize("settings", [{}, {"seed": 1}])
def test_a_refused_run_starts_anew(claim, settings):
    folder = claim()
    leave(folder, "first_look.npz", "reference.json", "teacher_2/first_look.npz")
    folder.refuse("too few labels")
    assert (folder.work / "reference.json").exists(), "the message names it"
    claim(**settings)
    assert [path.name for path in folder.work.iterdir()] == ["settings.json"]
    assert "refused" not in read_run_facts(folder.out)


def test_what_was_trained_is_not_given_up(claim):
    folder = claim()
    leave(folder, "first_look.npz", "pose/epoch_1.pth")
    folder.refuse("the disk is away")
    with pytest.raises(InputError, match="holds a run"):
        claim(seed=1)
    assert claim().goes_on()


@pytest.mark.parametrize("before", [None, {"seed": 1}])
@pytest.mark.parametrize("name", ["detector/epoch_300.pth", "pose/adapted.pth"])
def test_a_training_of_the_users_own_is_not_gone_on_with(claim, tmp_path, before, name):
    """Its newest checkpoint would be taken for that of this run."""
    if before:
        claim(**before)
    leave(RunFolder(tmp_path, facts()), name)
    with pytest.raises(InputError, match=f"work/{name}: is of another training; choose another"):
        claim()


@pytest.mark.parametrize("place", ["", "work/start"])
@pytest.mark.parametrize("part", ["pair", "student", "further"])
def test_networks_to_start_from_are_not_replaced(tmp_path, monkeypatch, part, place):
    monkeypatch.chdir(tmp_path)  # the networks are named from here, the folder in full
    start = {name: f"{place or '.'}/{file}" for name, file in PAIR.items()}
    given = {**facts(), part: [start] if part == "further" else start}
    with pytest.raises(InputError, match="d.py: a run would replace it; choose another --out-dir"):
        RunFolder(tmp_path, given).check()
    assert RunFolder(tmp_path / "out", given).check() is False


def test_somebody_elses_settings_are_left_alone(claim, tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work/settings.json").write_text('{"editor": "vi"}')
    with pytest.raises(InputError, match="holds a run"):
        claim()


def test_files_a_run_was_started_with(claim, tmp_path):
    assert recorded_files(tmp_path, "pair", "pose") is None
    claim()
    assert recorded_files(tmp_path, "student", "pose") is None
    assert recorded_files(tmp_path, "pair", "detector") == (Path("d.py"), Path("d.pth"))
    assert recorded_files(tmp_path, "pair", "pose") == (Path("p.py"), Path("p.pth"))
