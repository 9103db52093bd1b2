"""Two backbones side by side: one trains, one never changes, both see the same crop."""

import pytest
import torch
from mmengine.registry import MODELS
from mmengine.runner import load_state_dict

import surgtools.register  # noqa: F401
from surgtools.hosts.checkpoints import load_weights
from surgtools.models import BackboneWithPhotoFeatures

MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
PHOTO = dict(type="EfficientNetLite0", out_indices=(4, 6), frozen_stages=7)


@pytest.fixture
def network():
    torch.manual_seed(0)
    pose = dict(type="mmpose.ResNet", depth=18, out_indices=(3,))
    return BackboneWithPhotoFeatures(pose, PHOTO, MEAN, STD)


def test_levels(network):
    photo, pose = network.eval()(torch.randn(2, 3, 128, 128))
    assert photo.shape == (2, 544, 2, 2)
    assert pose.shape == (2, 512, 4, 4)


def test_the_photo_backbone_sees_its_own_scale_at_half_the_size(network):
    pixels = torch.full((1, 3, 64, 64), 200.0)
    mean, std = (torch.tensor(v)[:, None, None] for v in (MEAN, STD))
    fine, coarse = network.photo_backbone.eval()((pixels[..., ::2, ::2] - 127) / 128)
    beside = network.eval()((pixels - mean) / std)[0]
    assert torch.allclose(beside[:, 224:], coarse, atol=1e-4)
    assert torch.allclose(beside[:, 112:224, 0, 0], fine.amax(dim=(2, 3)), atol=1e-4)
    assert torch.allclose(beside[:, :112, 0, 0], fine.mean(dim=(2, 3)), atol=1e-4)


def test_a_second_look_at_the_full_size_comes_last(network):
    pose = dict(type="mmpose.ResNet", depth=18, out_indices=(3,))
    both = BackboneWithPhotoFeatures(pose, PHOTO, MEAN, STD, pose_features=True, full_size=True)
    both.eval().photo_backbone.load_state_dict(network.eval().photo_backbone.state_dict())
    x = torch.randn(1, 3, 128, 192)
    mean, std = (torch.tensor(v)[:, None, None] for v in (MEAN, STD))
    fine, coarse = both.photo_backbone((x * std + mean - 127) / 128)
    seen = both(x)[0]
    assert fine.shape[-2:] == (8, 12) and seen.shape == (1, 544 + 512 + 544, 2, 3)
    assert torch.allclose(seen[:, :544], network(x)[0])
    corner = torch.cat([fine[..., :4, :4].mean((2, 3)), fine[..., :4, :4].amax((2, 3))], dim=1)
    assert torch.allclose(seen[:, 1056 : 1056 + 224, 0, 0], corner, atol=1e-4)
    assert torch.allclose(seen[:, -320:, 0, 0], coarse[..., :2, :2].mean((2, 3)), atol=1e-4)


def test_presence_reads_a_pose_backbone_of_its_own(network):
    pose = dict(type="mmpose.ResNet", depth=18, out_indices=(3,))
    given = dict(photo_backbone=PHOTO, mean=MEAN, std=STD, pose_features=True)
    apart = BackboneWithPhotoFeatures(pose, presence_backbone=pose, **given)
    apart.eval().presence_backbone.load_state_dict(network.eval().backbone.state_dict())
    x = torch.randn(1, 3, 128, 128)
    features, level = apart(x)
    expected = torch.nn.functional.adaptive_avg_pool2d(network.backbone(x)[0], 2)
    assert torch.equal(features[:, 544:], expected) and not torch.equal(level, network(x)[1])
    apart.train()
    assert not apart.presence_backbone.training
    assert not any(p.requires_grad for p in apart.presence_backbone.parameters())


def test_weights_without_a_backbone_of_presence_go_without_it(network, tmp_path):
    pose = dict(type="mmpose.ResNet", depth=18, out_indices=(3,))
    given = dict(photo_backbone=PHOTO, mean=MEAN, std=STD, pose_features=True)
    torch.save({"state_dict": network.state_dict()}, tmp_path / "one.pth")
    apart = BackboneWithPhotoFeatures(pose, presence_backbone=pose, **given)
    load_weights(apart, tmp_path / "one.pth")
    assert apart.presence_backbone is None
    x = torch.randn(1, 3, 128, 128)
    features, level = apart.eval()(x)
    assert torch.equal(level, network.eval()(x)[1])
    assert torch.equal(features[:, 544:], torch.nn.functional.adaptive_avg_pool2d(level, 2))


@pytest.mark.parametrize("prefix", ["", "backbone."])
def test_a_training_goes_on_from_weights_without_a_backbone_of_presence(network, prefix):
    """It would read a random backbone that never trains."""
    pose = dict(type="mmpose.ResNet", depth=18, out_indices=(3,))
    apart = BackboneWithPhotoFeatures(pose, PHOTO, MEAN, STD, presence_backbone=pose)
    whole = torch.nn.ModuleDict({"backbone": apart}) if prefix else apart
    state = {prefix + key: value for key, value in network.state_dict().items()}
    load_state_dict(whole, state, strict=True)
    for key, value in network.backbone.state_dict().items():
        assert torch.equal(apart.presence_backbone.state_dict()[key], value)


def test_training_leaves_the_photo_backbone_as_it_was(network):
    network.train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in network.parameters() if p.requires_grad], lr=0.1)
    network(torch.randn(2, 3, 64, 64))[1].square().mean().backward()
    optimizer.step()
    changed = {
        name.split(".")[0]
        for name, value in network.state_dict().items()
        if not torch.equal(value, before[name])
    }
    assert changed == {"backbone"}


def test_it_is_registered():
    pose = dict(type="mmpose.ResNet", depth=18)
    config = dict(type="BackboneWithPhotoFeatures", backbone=pose, photo_backbone=PHOTO)
    assert isinstance(MODELS.build(config | dict(mean=MEAN, std=STD)), BackboneWithPhotoFeatures)
