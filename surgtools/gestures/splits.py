"""Keep whole videos apart for testing."""

from collections.abc import Mapping, Sequence

import numpy as np

from surgtools.errors import InputError

_TRIES = 200


def hold_out(
    labels: Mapping[str, set[str]],
    share: float,
    seed: int,
    named: Sequence[str] = (),
    where: str = "labels",
) -> tuple[list[str], list[str]]:
    """Share videos out between training and testing; every label must be trained.

    Args:
        labels: video to the labels in it.
        share: of the videos that are held out, at least one; 0 holds out none.
        seed: of the draw.
        named: hold out these, and draw none.
        where: of the message, usually the label file.

    Returns:
        Names to train on and names held out, in the order of ``labels``.

    Raises:
        InputError: one video only, an unknown name, or a label that only held-out videos have.
    """
    names = list(labels)
    unknown = [name for name in named if name not in labels]
    if unknown:
        raise InputError(f"--held-out {unknown[0]}: {where} has no such video")
    if not named and share == 0:
        return names, []
    if len(names) < 2:
        raise InputError(
            f"{where}: has one video only, and testing needs another; label a second one, or give "
            "--held-out-share 0 to train without testing"
        )
    everything = set().union(*labels.values())
    count = min(max(round(share * len(names)), 1), len(names) - 1)
    rng = np.random.default_rng(seed)
    for _ in range(1 if named else _TRIES):
        drawn = set(named or rng.choice(names, count, replace=False).tolist())
        kept = [name for name in names if name not in drawn]
        lost = everything - set().union(*(labels[name] for name in kept))
        if not lost:
            return kept, [name for name in names if name in drawn]
    raise InputError(
        f"{where}: without the held-out videos no video shows {min(lost)}; label it in one more "
        "video, or name other videos with --held-out"
    )
