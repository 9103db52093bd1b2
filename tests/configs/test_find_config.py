"""A config of the package is found from any folder, and a file of the user's comes first."""

from pathlib import Path

import pytest

from surgtools.configs import CONFIG_DIR, PRESET_DIR, find_config

NAME = "rtmpose-s_60e_instruments-256x256"
SHIPPED = CONFIG_DIR / f"pose/{NAME}.py"


@pytest.mark.parametrize(
    "name", [f"configs/pose/{NAME}.py", f"pose/{NAME}.py", f"{NAME}.py", NAME, str(SHIPPED)]
)
def test_a_config_of_the_package_is_found_from_another_folder(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) == SHIPPED


def test_a_file_at_the_path_comes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path(f"{NAME}.py").touch()
    assert find_config(f"{NAME}.py") == Path(f"{NAME}.py")


@pytest.mark.parametrize(
    "name",
    ["", "configs", "absent.py", f"detection/{NAME}.py", f"my/pose/{NAME}.py", f"{NAME}.md"],
)
def test_what_is_no_config_is_not_guessed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_config(name) is None


def test_the_folder_of_the_checkout_is_that_of_the_package():
    link = Path(__file__).resolve().parents[2] / "configs"
    assert link.samefile(CONFIG_DIR)
    assert (PRESET_DIR / "base.yaml").is_file()
