"""What a pose network with presence is put together from."""

import pytest
import torch
from torch import nn

from surgtools.errors import InputError
from surgtools.models.presence_branch import PresenceBranch
from surgtools.models.presence_start import presence_of, put_together


@pytest.fixture
def parts(tmp_path):
    """A network of single values, and checkpoints of its pose part and its photo part."""
    network = nn.Module()
    network.backbone, network.head = nn.Module(), nn.Module()
    network.backbone.backbone = nn.ModuleDict({"stem": nn.Linear(1, 1)})
    network.backbone.photo_backbone = nn.ModuleDict({"stem": nn.Linear(2, 1)})
    network.backbone.presence_backbone = nn.ModuleDict({"stem": nn.Linear(1, 1)})
    network.head.final = nn.Linear(3, 1)
    network.head.presence = PresenceBranch(4, 2, 8)
    pose = {"backbone.stem": nn.Linear(1, 1), "head.final": nn.Linear(3, 1)}
    photo = {"backbone.stem": nn.Linear(2, 1)}
    paths = []
    for name, layers in (("pose", pose), ("photo", photo)):
        state = {
            f"{k}.{n}": v for k, layer in layers.items() for n, v in layer.state_dict().items()
        }
        torch.save({"state_dict": state, "meta": {"epoch": 3}}, tmp_path / f"{name}.pth")
        paths.append(str(tmp_path / f"{name}.pth"))
    return network, *paths


def test_everything_but_presence_is_filled(parts):
    network, pose, photo = parts
    before = network.head.presence.look[0].weight.clone()
    meta, presence = put_together(network, pose, photo)
    assert meta["epoch"] == 3 and presence is None
    assert network.backbone.presence_backbone is None  # presence reads that of the keypoints
    given = torch.load(pose)["state_dict"] | {
        f"photo.{name}": value for name, value in torch.load(photo)["state_dict"].items()
    }
    assert torch.equal(network.backbone.backbone["stem"].weight, given["backbone.stem.weight"])
    own = network.backbone.photo_backbone["stem"].weight
    assert torch.equal(own, given["photo.backbone.stem.weight"])
    assert torch.equal(network.head.final.weight, given["head.final.weight"])
    assert torch.equal(network.head.presence.look[0].weight, before)


def test_a_network_that_is_whole_gives_its_presence(parts, tmp_path):
    network, *_ = parts
    torch.save({"state_dict": network.state_dict(), "meta": {}}, tmp_path / "whole.pth")
    own = network.head.presence
    _, presence = put_together(network, str(tmp_path / "whole.pth"), None)
    assert network.backbone.presence_backbone is not None
    features = torch.randn(2, 4, 3, 3)
    assert torch.equal(presence(features), own(features))


def test_what_is_missing_is_named_with_its_file(parts):
    network, pose, photo = parts
    with pytest.raises(InputError, match=rf"{pose}.*photo_backbone"):
        put_together(network, pose, None)
    with pytest.raises(InputError, match=rf"{photo}.*backbone.stem"):
        put_together(network, photo, photo)


def test_weights_without_presence_have_none():
    assert presence_of({"head.final.weight": torch.zeros(1)}) is None
