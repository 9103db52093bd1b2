"""The mean of several networks' weights."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from surgtools.errors import InputError

INNER = "backbone.backbone."
"""Where ``BackboneWithPhotoFeatures`` holds the pose network's own backbone."""

PRESENCE = "backbone.presence_backbone."
BESIDE = ("backbone.photo_backbone.", PRESENCE)
"""Where it holds the backbones that presence alone reads."""

OWN = (*BESIDE, "head.presence.")
"""What is never averaged: a presence fits the features that it was fitted to, and no others."""


def average_weights(
    states: Sequence[Mapping[str, Tensor]], shares: Sequence[float] | None = None
) -> dict[str, Tensor]:
    """Mean of weights and buffers; whole numbers, such as counts of batches, from the last.

    Args:
        states: state dicts of one network, at least one; half precision counts as full.
        shares: of each in the mean, together 1; None takes equal ones.

    Returns:
        A new state dict; the given ones are left alone.

    Raises:
        InputError: the networks differ.
    """
    shapes = [{name: value.shape for name, value in state.items()} for state in states]
    for number, other in enumerate(shapes[1:], 2):
        names = sorted(set(shapes[0]) ^ set(other))
        names += [n for n in shapes[0] if n in other and shapes[0][n] != other[n]]
        if names:
            raise InputError(
                f"checkpoints 1 and {number} are of different networks ({names[0]} differs); give "
                "checkpoints of one config"
            )
    shares = shares or [1 / len(states)] * len(states)
    return {
        name: sum(share * state[name].float() for share, state in zip(shares, states, strict=True))
        if value.is_floating_point()
        else value.clone()
        for name, value in states[-1].items()
    }


def mean_into(
    target: Mapping[str, Tensor],
    states: Sequence[Mapping[str, Tensor]],
    shares: Sequence[float] | None = None,
    presence_apart: bool = False,
) -> dict[str, Tensor]:
    """A network in which all that the given ones have in common, but presence, is their mean.

    A pose network counts as the same with the backbones of presence beside its own and without.

    Args:
        target: presence, and what the networks do not have in common, stay as they are here.
        states, shares: as of ``average_weights``; the networks may differ.
        presence_apart: presence goes on reading the backbone of ``target``, which becomes the
            ``presence_backbone`` of ``BackboneWithPhotoFeatures``.

    Returns:
        A new state dict with the names of ``target``.

    Raises:
        InputError: they have less than half in common, or ``target`` has no backbone to set
            apart.
    """
    if presence_apart:
        target = _with_presence_apart(target)
    own, pose = [_pose_alone(state) for state in states], _pose_alone(target)
    common = {
        name
        for name, value in pose.items()
        if all(name in state and state[name].shape == value.shape for state in own)
    }
    if 2 * len(common) < len(pose):
        raise InputError(
            f"the checkpoints have {len(common)} of {len(pose)} tensors in common; give those of "
            "one network"
        )
    mean = average_weights([{name: state[name] for name in common} for state in own], shares)
    return {
        name: value if name.startswith(OWN) else mean.get(_plain(name), value)
        for name, value in target.items()
    }


def _with_presence_apart(target: Mapping[str, Tensor]) -> dict[str, Tensor]:
    own = {n.removeprefix(INNER): value for n, value in target.items() if n.startswith(INNER)}
    if not own:
        raise InputError(
            "the network that is kept has no features of photographs, so its presence has no "
            "backbone to be set apart; omit --presence-apart"
        )
    return {**{PRESENCE + name: value.clone() for name, value in own.items()}, **target}


def _pose_alone(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {_plain(n): value for n, value in state.items() if not n.startswith(OWN)}


def _plain(name: str) -> str:
    return "backbone." + name.removeprefix(INNER) if name.startswith(INNER) else name
