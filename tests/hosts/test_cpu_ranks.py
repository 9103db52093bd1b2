"""Processes meet over gloo where there is no graphics card, and only there."""

import os

import pytest
import torch
from mmengine.config import Config
from torch import distributed

from surgtools.hosts.cpu_ranks import meet_without_cards


@pytest.fixture
def met(monkeypatch):
    """The backends over which processes met."""
    backends = []
    monkeypatch.setattr(distributed, "init_process_group", backends.append)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    return backends


def test_one_process_and_cards_are_left_to_the_host(met, monkeypatch):
    meet_without_cards(one := Config({"launcher": "none"}))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    meet_without_cards(card := Config({"launcher": "pytorch"}))
    assert met == [] and "model_wrapper_cfg" not in one and "model_wrapper_cfg" not in card


def test_without_cards_the_wrapper_names_none(met, monkeypatch):
    meet_without_cards(config := Config({"launcher": "pytorch", "find_unused_parameters": True}))
    assert met == ["gloo"]
    assert config.model_wrapper_cfg.device_ids is None
    assert config.model_wrapper_cfg.find_unused_parameters is True
    monkeypatch.setattr(distributed, "is_initialized", lambda: True)
    meet_without_cards(Config({"launcher": "pytorch"}))
    assert met == ["gloo"], "they have met"


def test_the_words_of_slurm_become_those_of_torch(met, monkeypatch):
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"PROCID": "3", "NTASKS": "4", "LOCALID": "1"}.items():
        monkeypatch.setenv(f"SLURM_{name}", value)
    monkeypatch.setenv("MASTER_PORT", "1234")
    meet_without_cards(Config({"launcher": "slurm"}))

    names = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
    assert [os.environ[name] for name in names] == ["3", "4", "1", "127.0.0.1", "1234"]
