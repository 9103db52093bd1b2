"""What a work folder holds, and which of its checkpoints counts."""

import os
from pathlib import Path

import pytest
from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
from surgtools.hosts.work_dirs import (
    DETECTOR,
    ONE_STAGE,
    POSE,
    is_one_stage,
    is_work_dir,
    network_kind,
    trained_network,
)

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


@pytest.mark.parametrize(
    ("folder", "kind"), [("detection", DETECTOR), ("pose", POSE), ("one_stage", ONE_STAGE)]
)
def test_kinds_of_our_configs(folder, kind):
    paths = list((CONFIGS / folder).glob("*.py"))
    assert paths
    for path in paths:
        config = load_config(path)
        assert network_kind(config) == kind
        assert is_one_stage(config) == (kind == ONE_STAGE)


def test_a_config_that_nobody_scores_has_no_kind():
    config = Config({"test_evaluator": {"type": "CocoMetric"}})
    with pytest.raises(InputError, match=r"test_evaluator is \['CocoMetric'\]"):
        network_kind(config)


def test_numbers_are_compared_as_numbers_and_the_best_goes_first(tmp_path):
    assert not is_work_dir(tmp_path)
    (tmp_path / "c.py").touch()
    assert not is_work_dir(tmp_path)
    for name in ("epoch_9.pth", "epoch_10.pth", "other.pth"):
        (tmp_path / name).touch()
    assert is_work_dir(tmp_path)
    assert trained_network(tmp_path) == (tmp_path / "c.py", tmp_path / "epoch_10.pth")
    for age, name in enumerate(("best_AP_epoch_8.pth", "best_AP_epoch_2.pth")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (100 - age, 100 - age))
    assert trained_network(tmp_path)[1].name == "best_AP_epoch_8.pth"
