"""The files of two trainings make a pair; folders that hold anything else are refused."""

from pathlib import Path

import pytest

from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
from surgtools.prediction.trained_files import expected_folder, trained_files

ROOT = Path(__file__).resolve().parents[2]
DETECTOR = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
POSE = ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py"


def trained(folder: Path, config: Path, *checkpoints: str) -> Path:
    """What a training with that config would leave, its weights empty files."""
    folder.mkdir(parents=True)
    load_config(config).dump(folder / config.name)
    for name in checkpoints:
        (folder / name).touch()
    return folder


def two_of_a_kind(folder):
    for name in "ab":
        trained(folder / name, DETECTOR, "epoch_1.pth")


def one_training(folder):
    trained(folder / "x", POSE, "epoch_1.pth").rename(folder / "y")


def mixed_trainings(folder):
    trained(folder / "a", DETECTOR, "epoch_1.pth").joinpath("other.py").touch()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "one training of a detector network is expected in it, found none"),
        (two_of_a_kind, "of a detector network is expected in it, found a, b; give a folder"),
        (one_training, "of a detector network is expected in it, found none"),
        (mixed_trainings, "a: holds several configs"),
    ],
)
def test_folders_that_hold_no_pair_are_one_line(tmp_path, make, message):
    make(tmp_path)
    with pytest.raises(InputError, match=message) as error:
        trained_files(tmp_path)
    assert "\n" not in str(error.value)


def test_the_training_of_one_network_is_no_pair(tmp_path):
    folder = trained(tmp_path / "pose", POSE, "epoch_1.pth")
    with pytest.raises(InputError, match="pose network alone; name it by --pose2d, or give the"):
        trained_files(folder)


def test_exported_folders_are_named_where_they_serve(tmp_path):
    assert "or `surgtools export` wrote" in expected_folder()
    with pytest.raises(InputError) as error:
        trained_files(tmp_path, exported=False)
    assert expected_folder(exported=False) in str(error.value)
    assert "surgtools export" not in str(error.value)
