"""Networks of an adaptation: named, recorded by a run that goes on, or those of a student."""

import pytest

from surgtools.cli.adapt_networks import resolve_networks, split_networks
from surgtools.errors import InputError
from surgtools.files import write_json


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
