"""What a checkpoint says of itself."""

import os

import pytest

torch = pytest.importorskip("torch")
from torch import nn  # noqa: E402

from surgtools.errors import InputError  # noqa: E402
from surgtools.reports.provenance import (  # noqa: E402
    config_text,
    describe_checkpoint,
    estimate_parameters,
    last_checkpoint,
    read_provenance,
    run_facts,
)

META = {
    "epoch": 3,
    "iter": 90,
    "cfg": "model = 1",
    "surgtools": {
        "surgtools": "0.1.0",
        "git": "abc123-dirty",
        "seed": 7,
        "python": "3.11.7",
        "packages": {"torch": "2.14.1"},
        "data": [{"ann_file": "train.json", "samples": 12, "sha256": "ff00"}],
    },
}


def save(path, meta=META):
    torch.save({"state_dict": {"w": torch.zeros(2, 3)}, "meta": meta}, path)
    return path


def test_every_fact_is_in_a_section(tmp_path):
    sections = read_provenance(save(tmp_path / "a.pth"))
    assert sections["training"] == {"epoch": "3", "iteration": "90", "parameters": "6"}
    assert sections["origin"] == {"surgtools": "0.1.0", "git": "abc123-dirty", "seed": "7"}
    assert sections["environment"] == {"python": "3.11.7", "torch": "2.14.1"}
    assert sections["data 1"]["sha256"] == "ff00"
    assert len(sections["file"]["sha256"]) == 64


def test_a_checkpoint_of_another_tool_says_less(tmp_path):
    content = {"state_dict": {"w": torch.zeros(1)}, "meta": {}}
    assert describe_checkpoint(content) == {"training": {"parameters": "1"}}
    assert config_text(content) is None
    assert config_text({"meta": META}) == "model = 1"


def test_a_training_outside_of_git_is_told_from_no_record():
    content = {"state_dict": {}, "meta": {"surgtools": {"git": "", "seed": 1}}}
    assert describe_checkpoint(content)["origin"] == {"git": "unknown", "seed": "1"}
    assert "origin" not in describe_checkpoint({"state_dict": {}, "meta": {}})


def test_what_a_release_adds_and_the_command_are_told():
    facts = {"epochs": 14, "config": "a.py", "command": "surgtools train a.py", "parameters": 1234}
    sections = describe_checkpoint(
        {"state_dict": {"w": torch.zeros(7)}, "meta": {"surgtools": facts}}
    )
    assert sections["training"] == {"epochs": "14", "config": "a.py", "parameters": "1,234"}
    assert sections["origin"] == {"command": "surgtools train a.py"}


class SharedHead(nn.Module):
    """Two levels of one convolution, each with its own normalization, as RTMDet has."""

    def __init__(self):
        super().__init__()
        conv = nn.Conv2d(2, 3, 1)  # 2 x 3 + 3 = 9
        self.levels = nn.ModuleList(nn.Sequential(conv, nn.BatchNorm2d(3)) for _ in range(2))
        self.last = nn.Conv2d(2, 3, 1)


def test_estimate_is_the_count_of_the_model():
    model = SharedHead()
    half = {name: value.half() for name, value in model.state_dict().items()}
    assert half["levels.0.0.weight"].data_ptr() != half["levels.1.0.weight"].data_ptr()
    # 9 shared, 2 x (3 + 3) normalization, 9 of the last one
    assert estimate_parameters(half) == 30 == sum(p.numel() for p in model.parameters())
    assert estimate_parameters(half | {"data_preprocessor.mean": torch.zeros(3)}) == 30
    assert estimate_parameters({}) == 0


def test_the_newest_checkpoint_speaks_for_a_folder(tmp_path):
    assert last_checkpoint(tmp_path) is None and run_facts(tmp_path) == {}
    old, new = save(tmp_path / "b.pth"), save(tmp_path / "a.pth")
    os.utime(old, (1, 1))
    assert last_checkpoint(tmp_path) == new
    assert run_facts(tmp_path)["training"]["epoch"] == "3"


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(InputError, match="no.pth: no such checkpoint"):
        read_provenance(tmp_path / "no.pth")
