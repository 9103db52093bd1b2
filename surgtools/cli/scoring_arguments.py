"""What ``surgtools test`` refuses before it reads or runs anything, and where it writes."""

import argparse
import tempfile
from pathlib import Path

from surgtools.cli.replaced_files import refuse_to_replace
from surgtools.errors import InputError

OF_NETWORKS = {
    "config": "CONFIG",
    "checkpoint": "CHECKPOINT",
    "cfg_options": "--cfg-options",
    "models": "--models",
    "detector": "--detector",
    "det_model": "--det-model",
    "det_weights": "--det-weights",
    "pose2d": "--pose2d",
    "pose2d_weights": "--pose2d-weights",
    "device": "--device",
    "det_thr": "--det-thr",
    "tta": "--tta",
    "zoom": "--zoom",
    "dump": "--dump",
    "show_dir": "--show-dir",
    "launcher": "--launcher",
    "trust_checkpoint": "--trust-checkpoint",
}
"""Argument to the flag that is refused with ``--predictions``, where no network runs."""

PAIR = ("models", "detector", "det_model", "det_weights", "pose2d", "pose2d_weights")

OF_ONE_NETWORK = {
    "cfg_options": "--cfg-options",
    "show_dir": "--show-dir",
    "launcher": "--launcher",
}
"""Refused with a pair, which no loop of the hosts runs."""

_NOT_GIVEN = {"launcher": "none", "trust_checkpoint": False, "zoom": "off"}


def check_arguments(args: argparse.Namespace) -> None:
    """Refuse what would have no effect, and files that could not be written in the end.

    Raises:
        InputError: a value or a combination of flags that means nothing; a file of the results
            that cannot be written.
    """
    if args.predictions:
        _check_predictions(args)
    else:
        _check_networks(args)
    drawing = Path(args.show_dir) / "drawing" if args.show_dir else None
    for file in (metrics_file(args), args.dump and Path(args.dump), drawing):
        if file:
            check_writable(file)
    if args.out:
        refuse_to_replace(args.out, '"settings"', "what a test wrote")


def metrics_file(args: argparse.Namespace) -> Path | None:
    """``--out``, else ``metrics.json`` in ``--work-dir`` or ``work_dirs/CONFIG/test``.

    ``None`` when predictions are only printed.
    """
    if args.out:
        return Path(args.out)
    if args.work_dir:
        return Path(args.work_dir) / "metrics.json"
    own = subject(args)
    return Path("work_dirs") / Path(own).stem / "test" / "metrics.json" if own else None


def names_pair(args: argparse.Namespace) -> bool:
    """Whether a detector and a pose model are to be run together, as ``predict`` runs them."""
    return any(getattr(args, name) for name in PAIR)


def subject(args: argparse.Namespace) -> str | None:
    """What the networks are called by, the first of the names that the user gave."""
    return args.config or args.models or args.pose2d or args.det_model


def check_writable(file: Path) -> None:
    """Stop where ``file`` could not be written later; nothing is left on the disk.

    Raises:
        InputError: it is a folder, or its folder cannot be made or written.
    """
    try:
        is_folder, folder = file.is_dir(), file.absolute().parent
        while not folder.exists():
            folder = folder.parent
        # Permission bits alone do not tell: a disk may be read-only, the user may be root.
        Path(tempfile.mkdtemp(prefix=".part-", dir=folder)).rmdir()
    except OSError as error:
        raise InputError(
            f"{file}: cannot be written ({error.strerror}); choose a folder that can be"
        ) from error
    if is_folder:
        raise InputError(f"{file}: is a folder; give the name of a file")


def _check_predictions(args: argparse.Namespace) -> None:
    given = [f for n, f in OF_NETWORKS.items() if getattr(args, n) != _NOT_GIVEN.get(n)]
    if given:
        raise InputError(
            f"--predictions runs no network, so {', '.join(given)} would have no effect; leave "
            "that out, or leave out --predictions"
        )
    if not args.data or not args.format:
        raise InputError("--predictions needs --data DIR|COCO.json and --format; add them")
    if args.negatives and args.format == "coco":
        raise InputError(
            f"--negatives {args.negatives}: --format coco names pictures by image id, and the "
            "pictures of a folder have none; give predictions as --format yolo or mmpose"
        )


def _check_networks(args: argparse.Namespace) -> None:
    if not args.config and not names_pair(args):
        raise InputError(
            "give CONFIG and CHECKPOINT of one network, --models of a pair, or --predictions; see "
            "surgtools test --help"
        )
    for flag, value, default in (
        ("--format", args.format, None),
        ("--ranking", args.ranking, "given"),
    ):
        if value != default:
            raise InputError(f"{flag} {value}: says how to read --predictions; leave it out")
    if args.dump and Path(args.dump).suffix not in (".pkl", ".pickle", ".json"):
        raise InputError(f"--dump {args.dump}: a .pkl or .json file is expected")
    _check_detector(args)


def _check_detector(args: argparse.Namespace) -> None:
    if args.detector and (args.det_model or args.det_weights):
        raise InputError(
            f"--detector {args.detector[0]}: --det-model and --det-weights name a detector, too; "
            "keep one of the two ways"
        )
    if not names_pair(args):
        given = ["--det-thr"] if args.det_thr is not None else []
        given += ["--tta"] if args.tta else []
        given += ["--zoom"] if args.zoom != "off" else []
        given += ["--device"] if args.device else []
        if given:
            raise InputError(
                f"{', '.join(given)}: has no effect on a network alone; name a pair (--models, or "
                "--det-model beside a pose network), or leave that out"
            )
        return
    if args.config and (args.models or args.pose2d or args.pose2d_weights):
        raise InputError(
            f"{args.config}: is a network alone, and a pair is named, too; keep one of the two"
        )
    given = [f for n, f in OF_ONE_NETWORK.items() if getattr(args, n) != _NOT_GIVEN.get(n)]
    given += ["--dump FILE.pkl"] if args.dump and Path(args.dump).suffix != ".json" else []
    if given:
        raise InputError(
            f"{', '.join(given)}: has no effect on a pair, which runs as in predict, not in the "
            "hosts' test loop; leave that out, or test one network alone"
        )
