"""A released model is small, inherits its config and gives what the checkpoint gave."""

import json
import sys
from pathlib import Path

import pytest
import torch

from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
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


def test_weights_lie_in_plain_order():
    """The graph of a network reads the bytes of its checkpoint."""
    weight = torch.arange(24.0).reshape(1, 2, 3, 4).to(memory_format=torch.channels_last)
    half = to_half(weight)
    assert half.is_contiguous() and torch.equal(half, weight.half())


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


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("metrics.json", "metrics.json: NAME=METRICS.json is expected"),
        ("val=a.json", "a.json: has no summary; give a metrics.json of `surgtools test`"),
    ],
)
def test_the_command_names_scores_that_it_cannot_read(word, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.json").write_text("{}")
    monkeypatch.setattr(sys, "argv", ["release_model.py", "CONFIG", "FILE", "tiny", word])
    assert release_model.main() == 2
    assert said in capsys.readouterr().err


def test_config_inherits_from_that_of_the_package(checkpoint, tmp_path):
    release(CONFIG, checkpoint, "tiny", folder=tmp_path)
    assert (tmp_path / "tiny.py").read_text().count("\n") == 1
    assert load_config(tmp_path / "tiny.py").model == load_config(CONFIG).model
    release(CONFIG, checkpoint, "tiny", folder=tmp_path / "zoo")
    base = Path(CONFIG).resolve()
    assert (tmp_path / "zoo" / (tmp_path / "zoo/tiny.py").read_text().split('"')[1]).samefile(base)


def test_what_training_wrote_of_the_config_is_the_same_config(checkpoint, tmp_path):
    load_config(CONFIG, data_root="elsewhere").dump(tmp_path / Path(CONFIG).name)
    release(tmp_path / Path(CONFIG).name, checkpoint, "tiny", folder=tmp_path)
    assert "elsewhere" not in (tmp_path / "tiny.py").read_text()


@pytest.mark.parametrize(
    "change",
    ["model.backbone.widen_factor=0.5", "test_dataloader.dataset.pipeline.2.input_size=(64,64)"],
)
def test_another_network_under_that_name_is_refused(change, checkpoint, tmp_path):
    load_config(CONFIG, [change]).dump(tmp_path / Path(CONFIG).name)
    with pytest.raises(InputError, match="no config of surgtools/configs has this name and netwo"):
        release(tmp_path / Path(CONFIG).name, checkpoint, "tiny", folder=tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists()


def test_unreadable_checkpoint_leaves_nothing_behind(tmp_path):
    (tmp_path / "broken.pth").write_bytes(b"no weights")
    with pytest.raises(InputError, match="broken.pth"):
        release(CONFIG, tmp_path / "broken.pth", "tiny", folder=tmp_path / "zoo")
    assert not (tmp_path / "zoo").exists()
