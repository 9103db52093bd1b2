"""A released model is small, complete in itself and gives what the checkpoint gave."""

import json
import sys

import pytest
import torch

from surgtools.errors import InputError
from surgtools.zoo.release import release, to_half
from tools import release_model

CONFIG = "configs/pose/rtmpose-t_60e_instruments-256x256.py"
CONFIG_TEXT = """\
backbone = 'https://models.org/a/b.pth'
dataset = dict(ann_file='train/coco_keypoints.json', data_root='/home/me/set')
lr = 0.0042
work_dir = '/home/me/work/run/'
"""


@pytest.fixture
def checkpoint(tmp_path):
    path = tmp_path / "epoch_3.pth"
    state = {"weight": torch.tensor([0.5, 1 / 3]), "num_batches_tracked": torch.tensor(70000)}
    facts = {
        "seed": 7,
        "git": "abc1234",
        "command": "/home/me/bin/surgtools train a/b.py --data /home/me/set load_from=/b/c.pth",
        "data": [{"ann_file": "/home/me/set/train/coco_keypoints.json"}],
    }
    meta = {"surgtools": facts, "epoch": 3, "cfg": CONFIG_TEXT}
    torch.save({"state_dict": state, "meta": meta, "optimizer": {"lr": 0.1}}, path)
    return path


def without_git(checkpoint):
    content = torch.load(checkpoint, weights_only=True)
    content["meta"]["surgtools"]["git"] = ""
    torch.save(content, checkpoint)


def test_weights_are_halved_and_counters_kept(checkpoint, tmp_path):
    release(CONFIG, checkpoint, "tiny", folder=tmp_path / "zoo")
    content = torch.load(tmp_path / "zoo/tiny.pth", weights_only=True)
    assert "optimizer" not in content
    assert content["state_dict"]["weight"].dtype == torch.float16
    assert content["state_dict"]["weight"].tolist() == pytest.approx([0.5, 1 / 3], abs=2e-4)
    assert content["state_dict"]["num_batches_tracked"].item() == 70000
    assert to_half(torch.tensor([3])).dtype == torch.int64


def test_record_names_data_without_the_folders_of_the_machine(checkpoint, tmp_path):
    release(CONFIG, checkpoint, "tiny", {"real": {"AP": 0.5}}, tmp_path)
    record = json.loads((tmp_path / "tiny.json").read_text())
    assert record["made_from"]["data"] == [{"ann_file": "set/train/coco_keypoints.json"}]
    assert (record["made_from"]["seed"], record["made_from"]["epochs"]) == (7, 3)
    assert record["scores"] == {"real": {"AP": 0.5}}


def test_command_is_told_without_the_folders_of_the_machine(checkpoint, tmp_path):
    release(CONFIG, checkpoint, "tiny", folder=tmp_path)
    made_from = json.loads((tmp_path / "tiny.json").read_text())["made_from"]
    assert made_from["command"] == "surgtools train a/b.py --data set load_from=c.pth"


def test_checkpoint_keeps_the_config_that_was_trained(checkpoint, tmp_path):
    release(CONFIG, checkpoint, "tiny", folder=tmp_path)
    meta = torch.load(tmp_path / "tiny.pth", weights_only=True)["meta"]
    assert meta["cfg"] == CONFIG_TEXT.replace("/home/me/work/", "").replace("/home/me/", "")
    content = torch.load(checkpoint, weights_only=True)
    del content["meta"]["cfg"]
    torch.save(content, checkpoint)
    release(CONFIG, checkpoint, "tiny", folder=tmp_path)
    meta = torch.load(tmp_path / "tiny.pth", weights_only=True)["meta"]
    assert "InstrumentRTMCCHead" in meta["cfg"] and "\ntrain_pipeline = " in meta["cfg"]


def test_without_git_state_only_on_demand(checkpoint, tmp_path):
    without_git(checkpoint)
    with pytest.raises(InputError, match=r"epoch_3\.pth: has no git state.*--without-git"):
        release(CONFIG, checkpoint, "tiny", folder=tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists()
    release(CONFIG, checkpoint, "tiny", folder=tmp_path / "zoo", without_git=True)
    record = json.loads((tmp_path / "zoo/tiny.json").read_text())
    assert record["made_from"]["git"] == ""


def test_the_command_refuses_in_one_line(checkpoint, monkeypatch, capsys):
    without_git(checkpoint)
    taken = []
    monkeypatch.setattr("surgtools.zoo.release.write_whole", taken.append)
    monkeypatch.setattr(sys, "argv", ["release_model.py", CONFIG, str(checkpoint), "tiny"])
    assert release_model.main() == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "has no git state" in error
    assert not taken


def test_config_is_complete_in_itself(checkpoint, tmp_path):
    release(CONFIG, checkpoint, "tiny", folder=tmp_path)
    text = (tmp_path / "tiny.py").read_text()
    assert "_base_" not in text
    assert "InstrumentRTMCCHead" in text
    assert "\ntrain_dataloader = " in text and "\ntrain_pipeline = " not in text


def test_unreadable_checkpoint_leaves_nothing_behind(tmp_path):
    (tmp_path / "broken.pth").write_bytes(b"no weights")
    with pytest.raises(InputError, match="broken.pth"):
        release(CONFIG, tmp_path / "broken.pth", "tiny", folder=tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists()
