"""Trained models that come with the package, each under an alias.

``ALIAS.py`` inherits from the config that was trained, ``ALIAS.pth`` has the weights in half
precision, ``ALIAS.json`` says what it was trained on and how it scores.
"""

from pathlib import Path

from surgtools.configs import find_config
from surgtools.errors import InputError

ZOO = Path(__file__).parent
GENERAL_DETECTOR = "rtmdet-lite0-960_instruments"
GENERAL_POSE = "rtmpose-s-lite0-384_instruments"
"""The general pair, which ``predict`` runs when the user names no model: for instruments in gloved
hands in large frames, and for those on a table."""

DETECTOR, POSE = "rtmdet-tiny-416_instruments", "rtmpose-s-384_instruments"
"""The accurate pair, for instruments that lie on a table."""

FAST_DETECTOR, FAST_POSE = "rtmdet-tiny_instruments", "rtmpose-s_instruments"
"""The same networks on half as many pixels."""

ONE_STAGE = "rtmo-tiny-pinpoint-416_instruments"
"""One network for boxes and keypoints, taught by the accurate pair."""


def aliases() -> list[str]:
    """Names of the models that are complete here, in alphabetical order."""
    return sorted(p.stem for p in ZOO.glob("*.pth") if p.with_suffix(".py").is_file())


def resolve(
    model: str | Path | None, weights: str | Path | None, default: str | Path | None = None
) -> tuple[Path, Path]:
    """Config and checkpoint of what the user named.

    Args:
        model: an alias, a config file as ``find_config`` takes it, or None for ``default``.
        weights: a checkpoint; for an alias None takes the one that comes with it.

    Raises:
        InputError: a config without weights, or a file that is not there.
    """
    name = str(model or default)
    config = Path(name)
    if not config.suffix and not config.is_file() and find_config(config) is None:
        config = ZOO / f"{name}.py"
        if not config.is_file():
            known = ", ".join(aliases()) or "none in this checkout"
            raise InputError(
                f"{name}: no model of this name (known: {known}); give a config file and its "
                "weights"
            )
        if weights is None:
            weights = ZOO / f"{name}.pth"
            if not weights.is_file():
                raise InputError(
                    f"{name}: its weights {weights.name} are not in the package; give a "
                    "checkpoint of your own"
                )
    config = find_config(config)
    if config is None:
        raise InputError(f"{name}: no such config; give a config file or an alias")
    if weights is None:
        raise InputError(f"{config}: a config needs its weights; name the checkpoint too")
    if Path(weights).is_dir():
        raise InputError(f"{weights}: is a folder; name a checkpoint in it, a .pth file")
    if not Path(weights).is_file():
        raise InputError(f"{weights}: no such checkpoint file; check the path")
    return config, Path(weights)
