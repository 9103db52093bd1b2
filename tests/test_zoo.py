from pathlib import Path

import pytest

from surgtools import zoo
from surgtools.configs import CONFIG_DIR
from surgtools.errors import InputError


@pytest.fixture
def shelf(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(zoo, "ZOO", tmp_path)
    (tmp_path / "whole.py").touch()
    (tmp_path / "whole.pth").touch()
    (tmp_path / "half.py").touch()
    return tmp_path


def test_alias_gives_its_config_and_weights(shelf):
    assert zoo.aliases() == ["whole"]
    assert zoo.resolve("whole", None, "x") == (shelf / "whole.py", shelf / "whole.pth")
    assert zoo.resolve(None, None, "whole") == (shelf / "whole.py", shelf / "whole.pth")


def test_own_weights_go_with_an_alias_or_a_config(shelf):
    own = shelf / "own.pth"
    own.touch()
    assert zoo.resolve("half", own, "x") == (shelf / "half.py", own)
    assert zoo.resolve(shelf / "whole.py", own, "x") == (shelf / "whole.py", own)


def test_a_config_of_the_package_goes_with_own_weights_from_any_folder(shelf, monkeypatch):
    monkeypatch.chdir(shelf)
    own = shelf / "own.pth"
    own.touch()
    name = "pose/rtmpose-s_60e_instruments-256x256.py"
    assert zoo.resolve(f"configs/{name}", own, "x") == (CONFIG_DIR / name, own)


def test_what_is_missing_is_named(shelf):
    with pytest.raises(InputError, match="nothing: no model of this name \\(known: whole\\)"):
        zoo.resolve("nothing", None, "x")
    with pytest.raises(InputError, match=r"half: its weights half\.pth are not in the package"):
        zoo.resolve("half", None, "x")
    with pytest.raises(InputError, match="needs its weights"):
        zoo.resolve(shelf / "whole.py", None, "x")
    with pytest.raises(InputError, match=r"none\.pth: no such checkpoint"):
        zoo.resolve("whole", "none.pth", "x")
    with pytest.raises(InputError, match=f"{shelf.name}: is a folder; name a checkpoint in it"):
        zoo.resolve("whole", shelf, "x")
