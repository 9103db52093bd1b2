"""The flags that say which networks a command runs, the same wherever a pair is asked for."""

import argparse
from typing import TYPE_CHECKING

from surgtools.cli.host_arguments import add_trust
from surgtools.cli.programs import tell_programs

if TYPE_CHECKING:
    from surgtools.prediction.models import Models


def add_model_arguments(
    parser: argparse.ArgumentParser,
    title: str = "models (default: the general pair of the package)",
    exported: bool = True,
) -> argparse._ArgumentGroup:
    """``--models`` for a pair, four flags for single networks; ``models_of`` reads them.

    Args:
        title: of the group in the help.
        exported: whether the command takes a folder of ``surgtools export``, too.
    """
    group = parser.add_argument_group(
        title,
        "A config file is a program and runs when it is read: name only those whose author you "
        "trust. A checkpoint (.pth) in its place brings its settings as plain values.",
    )
    group.add_argument(
        "--models",
        "--model",  # as it could be shortened before there was a --model-3d
        metavar="general|accurate|fast|one-stage|DIR",
        help=f"networks of the package, or a folder: what adapt {'or export ' if exported else ''}"
        "wrote, or one with the work folders of a detector's and a pose model's training",
    )
    group.add_argument(
        "--det-model", metavar="CONFIG", help="another detector: config, alias or work folder"
    )
    group.add_argument("--det-weights", metavar="CHECKPOINT", help="weights of the detector")
    group.add_argument(
        "--pose2d", metavar="CONFIG", help="another pose model: config, alias or work folder"
    )
    group.add_argument("--pose2d-weights", metavar="CHECKPOINT", help="weights of the pose model")
    add_trust(group)
    return group


def models_of(args: argparse.Namespace, exported: bool = True) -> "Models":
    """The models that the flags of ``add_model_arguments`` name; configs among them are told.

    Args:
        exported: as for ``add_model_arguments``.

    Raises:
        InputError: see ``Models.find``.
    """
    from surgtools.prediction.models import Models

    tell_programs(args)
    return Models.find(
        args.models,
        det_model=args.det_model,
        det_weights=args.det_weights,
        pose2d=args.pose2d,
        pose2d_weights=args.pose2d_weights,
        exported=exported,
    )
