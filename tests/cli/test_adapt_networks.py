"""Networks of an adaptation: named, recorded by a run that goes on, or those of a student."""

from pathlib import Path

import pytest

from surgtools.cli.adapt_networks import (
    check_teachers,
    find_student,
    resolve_networks,
    split_networks,
)
from surgtools.errors import InputError
from surgtools.files import write_json
from surgtools.prediction.models import Models

ROOT = Path(__file__).resolve().parents[2]
ONE_STAGE = ROOT / "configs/one_stage/rtmo-tiny_60e_instruments-416x416.py"


def test_networks_of_a_run_to_go_on_with_may_be_gone(tmp_path):
    """It has copies; which files it was started with, it has noted."""
    for name in ("d.py", "d.pth", "p.py", "p.pth"):
        (tmp_path / name).touch()
    given = {
        "detector": (str(tmp_path / "d.py"), str(tmp_path / "d.pth")),
        "pose": (tmp_path / "p.py", tmp_path / "p.pth"),
    }
    pair = resolve_networks(given, tmp_path / "out", "pair")
    write_json(tmp_path / "out/work/settings.json", {"pair": pair.to_dict(), "student": None})
    (tmp_path / "d.pth").unlink()
    (tmp_path / "p.py").unlink()
    assert resolve_networks(given, tmp_path / "out", "pair") == pair
    for out, name in (("out", "student"), ("elsewhere", "pair")):
        with pytest.raises(InputError, match="d.pth: no such checkpoint file"):
            resolve_networks(given, tmp_path / out, name)
    other = {**given, "detector": (tmp_path / "d.py", tmp_path / "x.pth")}
    with pytest.raises(InputError, match="x.pth: no such checkpoint file"):
        resolve_networks(other, tmp_path / "out", "pair")


def test_students_are_aliases_or_files():
    pairs = [
        (["fast", "small"], [("fast", None), ("small", None)]),
        (["a.py", "a.pth", "small"], [("a.py", "a.pth"), ("small", None)]),
        (["fast", "b.py", "b.pth"], [("fast", None), ("b.py", "b.pth")]),
        (["a.py"], [("a.py", None)]),
    ]
    for words, networks in pairs:
        assert split_networks(words) == networks


@pytest.fixture
def rtmo(tmp_path):
    """Config and weights of a one-stage network."""
    (tmp_path / "rtmo.pth").touch()
    return str(ONE_STAGE), str(tmp_path / "rtmo.pth")


def test_a_student_that_is_one_network_stands_for_both_parts(rtmo, tmp_path):
    pair, out = Models.find("fast"), tmp_path / "out"
    student = find_student(rtmo, None, pair, out)
    assert student == Models(*map(Path, rtmo)) and student.roles == ("one_stage",)
    write_json(out / "work/settings.json", {"student": student.to_dict()})
    (tmp_path / "rtmo.pth").unlink()
    assert find_student(rtmo, None, pair, out) == student, "a run goes on with its copy"


def test_parts_of_a_student_are_those_of_the_pair_but_for_what_is_trained(tmp_path):
    fast, accurate = Models.find("fast"), Models.find("accurate")
    detector = fast.det_model.stem
    student = find_student([detector], "detector", accurate, tmp_path)
    assert student == accurate.with_part("detector", *fast.files("detector"))
    assert find_student([detector, fast.pose2d.stem], None, accurate, tmp_path) == fast


def test_networks_that_cannot_take_a_place_are_one_line(rtmo, tmp_path):
    pair, word = Models.find("fast"), "rtmdet-tiny_instruments"
    with pytest.raises(InputError, match="finds boxes alone or keypoints alone"):
        find_student([word], None, pair, tmp_path)
    for words, only in (([*rtmo], "detector"), ([*rtmo, word], None)):
        with pytest.raises(InputError, match="it is trained whole; give no other network"):
            find_student(words, only, pair, tmp_path)
    for models in (Models(*map(Path, rtmo)), pair.with_part("detector", *map(Path, rtmo))):
        with pytest.raises(InputError, match="cannot teach itself; a pair teaches it"):
            check_teachers(models)
    check_teachers(pair)


@pytest.mark.parametrize(
    ("role", "other", "message"),
    [
        ("detector", "pose", "is no detector but a pose model; give the config"),
        ("pose", "detector", "is no pose model but a detector; give the config"),
    ],
)
def test_a_detector_is_no_pose_model(role, other, message, tmp_path):
    pair = Models.find("fast")
    config, weights = pair.files(other)
    with pytest.raises(InputError, match=f"{config}: {message}"):
        check_teachers(pair.with_part(role, config, weights))
    with pytest.raises(InputError, match=f"{config}: {message}"):
        find_student([config.stem], role, pair, tmp_path)
