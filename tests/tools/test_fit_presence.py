"""A pose network and a photo backbone become one network, whose presence is fitted to boxes."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

import surgtools.register  # noqa: F401
from surgtools.hosts.checkpoints import load_weights
from surgtools.hosts.config_files import load_config
from surgtools.zoo import ZOO
from tools import fit_presence

ROOT = Path(__file__).resolve().parents[2]
POSE = ZOO / "rtmpose-s-384_instruments.pth"
BOTH = ZOO / "rtmpose-s-lite0-384_instruments.pth"
DETECTOR = ("--detector", "rtmdet-tiny_instruments", "--score-thr", "0.001", "--most", "6")


@pytest.fixture(scope="module")
def photo_weights(tmp_path_factory):
    torch.manual_seed(3)
    init_default_scope("mmdet")
    backbone = MODELS.build(dict(type="EfficientNetLite0"))
    path = tmp_path_factory.mktemp("photo") / "photo.pth"
    state = {f"backbone.{name}": value for name, value in backbone.state_dict().items()}
    torch.save({"state_dict": state}, path)
    return path


def test_all_but_presence_is_taken_from_the_two_files(
    run_tool, photo_weights, draw_dataset, tmp_path
):
    folder = draw_dataset(train=4, size=96)
    words = ["--pose-weights", POSE, "--photo-weights", photo_weights, "--data", folder]
    out = tmp_path / "out.pth"
    assert run_tool(fit_presence, out, *words, *DETECTOR) == 0
    made = torch.load(out, weights_only=False)["state_dict"]
    pose = torch.load(POSE, weights_only=False)["state_dict"]
    photo = torch.load(photo_weights, weights_only=True)["state_dict"]
    kept = {name: value for name, value in pose.items() if ".presence." not in name}
    for name, value in kept.items():
        place = f"backbone.{name}" if name.startswith("backbone.") else name
        assert torch.equal(made[place], value.to(made[place].dtype)), name
    stem = "stem.conv.weight"
    assert torch.equal(made[f"backbone.photo_backbone.{stem}"], photo[f"backbone.{stem}"])
    config = load_config(ROOT / fit_presence.CONFIG)
    init_default_scope("mmpose")
    network = MODELS.build(config.model)
    load_weights(network, out)
    assert network.backbone.presence_backbone is None
    stored = torch.load(out, weights_only=False)["meta"]["cfg"]
    assert Config.fromstring(stored, ".py").model.backbone.presence_backbone is None


def test_fits_of_other_features_are_joined_one_after_the_other(
    run_tool, photo_weights, draw_dataset, tmp_path
):
    folder = draw_dataset(train=4, size=96)
    words = ["--photo-weights", photo_weights, "--data", folder, *DETECTOR, "--pose-weights"]
    first, second = tmp_path / "first.pth", tmp_path / "second.pth"
    part = ["--channels", "0", "1056", "--hidden", "256"]
    assert run_tool(fit_presence, first, *words, POSE, *part) == 0
    rest = ["--channels", "544", "1600", "--keep", "0.8"]
    between = tmp_path / "between.pth"
    assert run_tool(fit_presence, between, *words, first, *rest, "--hidden", "56") == 0
    assert run_tool(fit_presence, second, *words, between, *rest) == 0
    kept, three, joined = (
        torch.load(path, weights_only=False)["state_dict"] for path in (first, between, second)
    )
    look = "head.presence.look.0.weight"
    assert kept[look].shape[:2] == (256, 1056)
    assert torch.equal(joined[look][:256, :1056], kept[look])
    assert not joined[look][:256, 1056:].any() and not joined[look][256:, :544].any()
    assert torch.equal(joined[look][256:312], three[look][256:])
    assert joined[look][312:, 544:].any()
    config = load_config(ROOT / fit_presence.CONFIG)
    init_default_scope("mmpose")
    load_weights(MODELS.build(config.model), second)


@pytest.mark.parametrize(
    "words",
    [
        ["--channels", "0", "1601"],
        ["--channels", "9", "9"],
        ["--channels", "544", "1600"],
        ["--hidden", "0"],
    ],
)
def test_features_that_are_not_there_are_told(run_tool, tmp_path, capsys, words):
    out = tmp_path / "out.pth"
    given = [out, "--pose-weights", BOTH, "--data", "x", *DETECTOR, *words]
    assert run_tool(fit_presence, *given) == 2
    assert words[0] in capsys.readouterr().err and not out.exists()


def test_files_in_the_wrong_order_are_told(run_tool, photo_weights, tmp_path, capsys):
    words = ["--pose-weights", photo_weights, "--photo-weights", photo_weights, "--data", "x"]
    assert run_tool(fit_presence, tmp_path / "out.pth", *words, *DETECTOR) == 2
    error = capsys.readouterr().err
    assert "values are missing" in error and len(error.splitlines()) == 1
    assert not (tmp_path / "out.pth").exists()


def test_a_presence_that_is_not_there_cannot_be_kept(run_tool, photo_weights, tmp_path, capsys):
    words = ["--pose-weights", POSE, "--photo-weights", photo_weights, "--data", "x"]
    assert run_tool(fit_presence, tmp_path / "out.pth", *words, *DETECTOR, "--keep", "0.5") == 2
    assert "omit --keep" in capsys.readouterr().err


def test_a_joined_presence_is_not_joined_again(run_tool, tmp_path, capsys):
    words = ["--pose-weights", BOTH, "--data", "x", "--keep", "0.5"]
    assert run_tool(fit_presence, tmp_path / "out.pth", *words, *DETECTOR) == 2
    assert "leaves room for 0 hidden" in capsys.readouterr().err
