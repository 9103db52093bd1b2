import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from surgtools.errors import InputError
from surgtools.models.average import average_weights, mean_into
from surgtools.reports.provenance import read_provenance
from tools import average_checkpoints

TOOL = Path(average_checkpoints.__file__)


def state(weight, count):
    return {"weight": torch.tensor(weight), "bn.num_batches_tracked": torch.tensor(count)}


def test_weights_are_averaged_and_counts_are_the_last():
    mean = average_weights([state([1.0, 3.0], 5), state([3.0, 4.0], 7)])
    assert mean["weight"].tolist() == [2.0, 3.5]
    assert mean["bn.num_batches_tracked"].item() == 7


def test_shares_weigh_and_half_precision_counts_as_full():
    half = {"weight": torch.tensor([1.0, 3.0], dtype=torch.float16), "n": torch.tensor(1)}
    full = {"weight": torch.tensor([3.0, 4.0]), "n": torch.tensor(2)}
    mean = average_weights([half, full], [0.75, 0.25])
    assert mean["weight"].tolist() == [1.5, 3.25] and mean["weight"].dtype == torch.float32


@pytest.mark.parametrize("other", [{"bias": torch.zeros(2)}, state([1.0], 5)])
def test_different_networks_are_refused(other):
    with pytest.raises(InputError, match="1 and 2 are of different networks"):
        average_weights([state([1.0, 3.0], 5), other])


def test_the_pose_part_of_a_network_with_photo_features_is_averaged_and_the_rest_stays():
    plain = {
        "backbone.stem": torch.tensor([2.0]),
        "head.presence.look": torch.zeros(3),
        "head.presence.bias": torch.zeros(2),
    }
    with_photos = {
        "backbone.backbone.stem": torch.tensor([4.0]),
        "backbone.photo_backbone.stem": torch.tensor([9.0]),
        "head.presence.look": torch.ones(5),
        "head.presence.bias": torch.ones(2),
    }
    mean = mean_into(with_photos, [plain, with_photos], [0.75, 0.25])
    assert mean["backbone.backbone.stem"].item() == 2.5
    assert mean["backbone.photo_backbone.stem"].item() == 9.0
    assert mean["head.presence.look"].tolist() == [1.0] * 5
    assert mean["head.presence.bias"].tolist() == [1.0] * 2  # of the same shape, but of another
    back = mean_into(plain, [plain, with_photos])
    assert back["backbone.stem"].item() == 3.0 and not back["head.presence.look"].any()
    with pytest.raises(InputError, match="0 of 1 tensors in common"):
        mean_into(plain, [{"other": torch.zeros(1)}])


def test_a_network_of_another_kind_is_not_averaged_into():
    detector = {f"bbox_head.{number}": torch.zeros(1) for number in range(7)}
    pose = {f"head.{number}": torch.ones(1) for number in range(7)}
    shared = {f"backbone.{number}": torch.zeros(1) for number in range(3)}
    with pytest.raises(InputError, match="3 of 10 tensors in common; give those of one network"):
        mean_into({**shared, **detector}, [{**shared, **pose}])


def test_presence_may_go_on_reading_the_backbone_that_it_was_fitted_to():
    plain = {"backbone.stem": torch.tensor([2.0]), "head.final": torch.zeros(3)}
    old = {
        "backbone.backbone.stem": torch.tensor([4.0]),
        "backbone.photo_backbone.stem": torch.tensor([9.0]),
        "head.final": torch.ones(3),
        "head.presence.look": torch.ones(5),
    }
    apart = mean_into(old, [plain], presence_apart=True)
    assert apart["backbone.backbone.stem"].item() == 2 and not apart["head.final"].any()
    assert apart["backbone.presence_backbone.stem"].item() == 4
    assert apart["backbone.photo_backbone.stem"].item() == 9 and apart["head.presence.look"].all()
    later = mean_into(apart, [{"backbone.stem": torch.tensor([1.0])}], presence_apart=True)
    assert later["backbone.backbone.stem"].item() == 1
    assert later["backbone.presence_backbone.stem"].item() == 4
    with pytest.raises(InputError, match="no features of photographs"):
        mean_into(plain, [old], presence_apart=True)


@pytest.fixture
def run(monkeypatch, capsys):
    """Calls the tool with words as its command line would; gives the exit code and stderr."""

    def call(*words):
        monkeypatch.setattr(sys, "argv", ["average_checkpoints", *map(str, words)])
        return average_checkpoints.main(), capsys.readouterr().err

    return call


def test_the_command_keeps_what_the_last_checkpoint_says_of_itself(tmp_path):
    for name, weight in (("a", [1.0]), ("b", [3.0])):
        torch.save({"state_dict": state(weight, 1), "meta": {"epoch": name}}, tmp_path / name)
    words = (tmp_path / "a", tmp_path / "b", "--out", tmp_path / "mean.pth")
    command = [sys.executable, str(TOOL), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    mean = torch.load(tmp_path / "mean.pth", weights_only=True)
    assert mean["state_dict"]["weight"].item() == 2.0
    assert mean["meta"]["epoch"] == "b"
    sections = read_provenance(tmp_path / "mean.pth")
    for number, name in enumerate("ab", 1):
        digest = hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()
        assert sections["mean of"][f"checkpoint {number}"] == f"{name} sha256:{digest}"


def test_shares_are_told_and_wrong_ones_are_one_line(run, tmp_path):
    for name, weight in (("a", [1.0]), ("b", [3.0])):
        torch.save({"state_dict": state(weight, 1), "meta": {}}, tmp_path / name)
    out = ("--into", tmp_path / "a", "--out", tmp_path / "mean.pth")
    assert run(tmp_path / "a", tmp_path / "b", "--shares", 0.25, 0.75, *out) == (0, "")
    mean = torch.load(tmp_path / "mean.pth", weights_only=True)
    assert mean["state_dict"]["weight"].item() == 2.5
    assert read_provenance(tmp_path / "mean.pth")["mean of"]["checkpoint 2"].endswith(" x0.75")
    for wrong in ((0.25,), ("nan", "nan"), ("inf", "inf")):
        code, told = run(tmp_path / "a", tmp_path / "b", "--shares", *wrong, *out)
        assert code == 2 and told.count("\n") == 1 and "2 numbers are expected" in told


def test_a_missing_checkpoint_is_one_line(run, tmp_path):
    code, told = run(tmp_path / "absent.pth", "--out", tmp_path / "mean.pth")
    assert code == 2 and told.count("\n") == 1
    assert told.startswith("average_checkpoints: ") and "absent.pth" in told
    assert not (tmp_path / "mean.pth").exists()


def test_the_config_that_is_stored_gets_the_backbone_of_presence(run, tmp_path):
    old = {"backbone.backbone.stem": torch.tensor([4.0])}
    text = "model = dict(backbone=dict(type='B', backbone=dict(type='Own')))"
    torch.save({"state_dict": old, "meta": {"cfg": text}}, tmp_path / "old.pth")
    torch.save({"state_dict": {"backbone.stem": torch.tensor([2.0])}}, tmp_path / "new.pth")
    words = (tmp_path / "new.pth", "--presence-apart", "--out", tmp_path / "out.pth")
    code, told = run(*words)
    assert code == 2 and "with --into" in told
    assert run(*words, "--into", tmp_path / "old.pth") == (0, "")
    meta = torch.load(tmp_path / "out.pth", weights_only=True)["meta"]
    stored = meta["cfg"]
    assert meta["surgtools"]["parameters"] == 2
    backbone = Config.fromstring(stored, ".py").model.backbone
    assert backbone.presence_backbone.type == backbone.backbone.type == "Own"
