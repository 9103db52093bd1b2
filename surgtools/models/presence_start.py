"""What a pose network with presence is put together from before presence is fitted."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.models.presence_branch import PresenceBranch


def put_together(
    network: nn.Module, pose_weights: str, photo_weights: str | None
) -> tuple[dict[str, Any], PresenceBranch | None]:
    """Fill the network's backbones and its head, all but the presence branch.

    Args:
        network: with a ``BackboneWithPhotoFeatures``.
        pose_weights: checkpoint of an RTMPose, or of such a network.
        photo_weights: checkpoint with the photo backbone as its backbone, where it is apart.

    Returns:
        What the checkpoint of the pose network says of its training, and its presence branch,
        where that looks at photo features.

    Raises:
        InputError: a file does not hold what the network needs.
    """
    checkpoint = load_checkpoint(pose_weights)
    pose = checkpoint["state_dict"]
    both = any(name.startswith("backbone.photo_backbone.") for name in pose)
    parts = {
        name if both else f"backbone.{name}": value
        for name, value in pose.items()
        if name.startswith("backbone.")
    }
    parts |= {
        name: value
        for name, value in pose.items()
        if name.startswith("head.") and not name.startswith("head.presence.")
    }
    if photo_weights is not None:
        parts |= {
            f"backbone.photo_backbone.{name.removeprefix('backbone.')}": value
            for name, value in load_checkpoint(photo_weights)["state_dict"].items()
            if name.startswith(("backbone.stem.", "backbone.stages."))
        }
    if not any(name.startswith("backbone.presence_backbone.") for name in parts):
        network.backbone.presence_backbone = None  # presence reads that of the keypoints
    own = network.state_dict()
    missing = [
        name
        for name, value in own.items()
        if not name.startswith("head.presence.")
        and (name not in parts or parts[name].shape != value.shape)
    ]
    if missing:
        file = photo_weights or pose_weights if "photo" in missing[0] else pose_weights
        raise InputError(
            f"{file}: {len(missing)} values are missing, first {missing[0]}; give the checkpoint "
            "of an RTMPose-s and that of an EfficientNetLite0"
        )
    network.load_state_dict({**own, **parts})
    return checkpoint["meta"], presence_of(pose) if both else None


def presence_of(state: Mapping[str, Tensor]) -> PresenceBranch | None:
    """The presence branch among the weights of a network; None where it has none."""
    own = {
        name.removeprefix("head.presence."): value.float()
        for name, value in state.items()
        if name.startswith("head.presence.")
    }
    if not own:
        return None
    hidden, channels = own["look.0.weight"].shape[:2]
    branch = PresenceBranch(channels, len(own["decide.bias"]), hidden)
    branch.load_state_dict(own)
    return branch
