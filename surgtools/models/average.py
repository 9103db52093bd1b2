"""The mean of several networks' weights."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from surgtools.errors import InputError


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
