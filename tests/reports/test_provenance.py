"""What a checkpoint says of itself."""

import os

import pytest

torch = pytest.importorskip("torch")

from surgtools.errors import InputError  # noqa: E402
from surgtools.reports.provenance import (  # noqa: E402
    config_text,
    describe,
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
    assert describe(content) == {"training": {"parameters": "1"}}
    assert config_text(content) is None
    assert config_text({"meta": META}) == "model = 1"


def test_the_newest_checkpoint_speaks_for_a_folder(tmp_path):
    assert last_checkpoint(tmp_path) is None and run_facts(tmp_path) == {}
    old, new = save(tmp_path / "b.pth"), save(tmp_path / "a.pth")
    os.utime(old, (1, 1))
    assert last_checkpoint(tmp_path) == new
    assert run_facts(tmp_path)["training"]["epoch"] == "3"


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(InputError, match="no.pth: no such checkpoint"):
        read_provenance(tmp_path / "no.pth")
