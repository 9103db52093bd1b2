"""Configs are read, overridden and pointed at one data folder."""

from pathlib import Path

import pytest
from mmengine.config import Config

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.hosts.config_files import (
    leaf_dataset_configs,
    load_config,
    parse_options,
    require_classes,
)

POSE = Path(__file__).resolve().parents[2] / "configs/pose/rtmpose-t_60e_instruments-256x256.py"


@pytest.mark.parametrize("how", ["argument", "option"])
def test_data_root_moves_every_dataloader(how):
    if how == "argument":
        config = load_config(POSE, data_root="elsewhere")
    else:
        config = load_config(POSE, ["data_root=elsewhere"])
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        assert loader.dataset.data_root == "elsewhere"


def test_environment_moves_every_dataloader(monkeypatch):
    monkeypatch.setenv("SURGTOOLS_DATA", "from/environment")
    config = load_config(POSE)
    assert config.train_dataloader.dataset.data_root == "from/environment"
    assert config.val_dataloader.dataset.data_root == "from/environment"


def test_options_are_read_as_the_hosts_read_them():
    assert parse_options(["a.b=1e-3", "c=[1,2]", "d=True", "e=x=y"]) == {
        "a.b": 1e-3,
        "c": [1, 2],
        "d": True,
        "e": "x=y",
    }
    assert parse_options(None) == {}


def test_option_without_a_value():
    with pytest.raises(InputError, match="--cfg-options lr: KEY=VALUE is expected"):
        load_config(POSE, ["lr"])


def test_leaves_below_wrappers():
    leaf = {"ann_file": "a.json"}
    wrapped = {"dataset": {"datasets": [leaf, {"dataset": leaf}]}}
    assert list(leaf_dataset_configs(wrapped)) == [leaf, leaf]
    assert list(leaf_dataset_configs(None)) == []


def test_missing_and_broken_configs(tmp_path):
    with pytest.raises(InputError, match="absent.py: no such config"):
        load_config(tmp_path / "absent.py")
    (tmp_path / "broken.py").write_text("model = dict(\n")
    with pytest.raises(InputError, match="broken.py: the config cannot be read"):
        load_config(tmp_path / "broken.py")


@pytest.mark.parametrize("counted", [{}, {"num_classes": None}, {"num_classes": 2}])
def test_the_classes_of_metainfo_are_required(counted):
    require_classes(Config({"model": {"bbox_head": counted}}))
    require_classes(Config({"model": {"head": {"out_channels": 10}}}))
    with pytest.raises(InputError, match="num_classes is 3, .* defines 2 categories"):
        require_classes(Config({"model": {"bbox_head": {"num_classes": 3}}}))
    with pytest.raises(InputError, match="out_channels is 17, .* defines 10 keypoints"):
        require_classes(Config({"model": {"head": {"out_channels": 17}}}))
