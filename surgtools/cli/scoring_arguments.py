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
    "detector": "--detector",
    "det_model": "--det-model",
    "det_weights": "--det-weights",
    "det_thr": "--det-thr",
    "tta": "--tta",
    "dump": "--dump",
    "show_dir": "--show-dir",
    "launcher": "--launcher",
    "trust_checkpoint": "--trust-checkpoint",
}
"""Argument to the flag that is refused with ``--predictions``, where no network runs."""

_NOT_GIVEN = {"launcher": "none", "trust_checkpoint": False}


def check_arguments(args: argparse.Namespace) -> None:
    """Refuse what would have no effect, and files that could not be written in the end.

    Raises:
        InputError: a value or a combination of flags that means nothing; a file of the results
            that cannot be written.
    """
    if not 0 <= args.score_thr <= 1:
        raise InputError(f"--score-thr {args.score_thr:g}: a score from 0 to 1 is expected")
    if args.bootstrap < 0:
        raise InputError(
            f"--bootstrap {args.bootstrap}: a number of samples from 0 on is expected"
        )
    if args.predictions:
        _check_predictions(args)
    else:
        _check_networks(args)
    drawing = Path(args.show_dir) / "drawing" if args.show_dir else None
    if args.out:
        refuse_to_replace(args.out, '"settings"', "what a test wrote")
    for file in (metrics_file(args), args.dump and Path(args.dump), drawing):
        if file:
            check_writable(file)


def metrics_file(args: argparse.Namespace) -> Path | None:
    """``--out``, else ``metrics.json`` in ``--work-dir`` or ``work_dirs/CONFIG/test``.

    ``None`` when predictions are only printed.
    """
    if args.out:
        return Path(args.out)
    if args.work_dir:
        return Path(args.work_dir) / "metrics.json"
    own = args.config and Path("work_dirs") / Path(args.config).stem / "test" / "metrics.json"
    return own or None


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
    if not args.config:
        raise InputError("give CONFIG and CHECKPOINT, or --predictions; see surgtools test --help")
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
    if args.det_weights and not args.det_model:
        raise InputError(
            f"--det-weights {args.det_weights}: weights of no known detector; add --det-model "
            "CONFIG"
        )
    if not (args.detector or args.det_model):
        given = ["--det-thr"] if args.det_thr is not None else []
        given += ["--tta"] if args.tta else []
        if given:
            raise InputError(
                f"{', '.join(given)}: has no effect on a network alone; name a detector beside a "
                "pose network (--det-model), or leave that out"
            )
