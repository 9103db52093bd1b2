"""``surgtools adapt``: a detector and a pose model learn from unlabelled pictures, guarded."""

import argparse
import math
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from surgtools.cli.model_arguments import add_model_arguments
from surgtools.errors import InputError

if TYPE_CHECKING:
    from surgtools.prediction.models import Models

HELP = "adapt a detector and a pose model to unlabelled video"

EPILOG = """\
The adapted pair is OUT/detector.{py,pth} and OUT/pose.{py,pth}; OUT/report.html says what was
decided and why, OUT/adapt.json the same as numbers, OUT/work/*/pseudo_labels every round of labels
as COCO JSON with the reason for each rejected instance. A network that a gate refuses is rolled
back: the pair then holds the starting one. Running the same command again goes on where a killed
run stopped.

exit codes: 0 at least one network was adapted; 1 all were rolled back; 2 input that cannot be used
or nothing to learn from, no model written.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to adapt to, what to adapt, how long."""
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="unlabelled videos, folders, pictures"
    )
    parser.add_argument("--out", required=True, type=Path, help="folder for the adapted pair")
    parser.add_argument(
        "--source",
        type=Path,
        default=Path("data/instruments"),
        metavar="DATASET",
        help="labelled dataset the networks were trained on [data/instruments]",
    )

    model = add_model_arguments(
        parser, "networks to start from (default: the accurate pair of the package)"
    )
    model.add_argument(
        "--student",
        nargs="+",
        metavar="MODEL",
        help="other, for example smaller, networks to train, detector and pose or the one that "
        "--only names, each an alias or CONFIG WEIGHTS; the pair above stays as frozen teacher",
    )
    model.add_argument("--only", choices=("detector", "pose"), help="adapt this network alone")

    learn = parser.add_argument_group("learning")
    learn.add_argument(
        "--teacher",
        choices=("ema", "frozen"),
        help="[ema; frozen with --student and --low-resolution, whose students see less]",
    )
    learn.add_argument("--labels", choices=("hard", "soft"), default="hard", help="[hard]")
    learn.add_argument("--epochs", type=int, default=6, help="of each network [6]")
    learn.add_argument(
        "--epoch-length", type=int, default=480, help="pictures per epoch; pose takes twice [480]"
    )
    learn.add_argument(
        "--pseudo-share", type=float, default=0.5, help="of every epoch, the rest is source [0.5]"
    )
    learn.add_argument(
        "--start-share",
        type=float,
        default=0.5,
        help="of the starting weights in the adapted ones, which are a mean of both; a student's "
        "are its own [0.5]",
    )
    learn.add_argument(
        "--lr", type=float, help="peak learning rate [0.0001 of the detector, 0.0002 of pose]"
    )
    learn.add_argument(
        "--without", nargs="+", default=[], metavar="RULE", help="selection rules to leave out"
    )
    learn.add_argument(
        "--low-resolution",
        nargs="+",
        type=float,
        default=[],
        metavar="FACTOR",
        help="the student sees pictures this many times smaller, for cameras of few pixels",
    )
    learn.add_argument("--max-frames", type=int, default=600, help="of all sources [600]")
    learn.add_argument("--drop", type=float, default=0.05, help="of source AP allowed [0.05]")
    learn.add_argument("--seed", type=int, default=0, help="of all random numbers [0]")
    learn.add_argument("--device", help="of the teacher; default: CUDA where there is one")
    learn.add_argument(
        "--amp", action="store_true", help="mixed precision; bfloat16 features on a CPU"
    )
    learn.add_argument("--workers", type=int, default=2, help="of the dataloader [2]")


def run(args: argparse.Namespace) -> int:
    """Adapt; say what was decided."""
    _check(args)
    import surgtools.register  # noqa: F401  (before any host)
    from surgtools.adaptation.report import write_adaptation_report
    from surgtools.adaptation.run import Adaptation
    from surgtools.adaptation.settings import AdaptSettings
    from surgtools.adaptation.stage_config import StageSettings
    from surgtools.cli.adapt_progress import adapt_progress
    from surgtools.hosts.compat.safe_loading import trust_checkpoints
    from surgtools.prediction.models import ROLES, Models

    shared = {
        "epochs": args.epochs,
        "pseudo_share": args.pseudo_share,
        "start_share": args.start_share,
        "teacher": args.teacher or ("frozen" if args.low_resolution or args.student else "ema"),
        "labels": args.labels,
        "without": tuple(args.without),
        "low_resolution": tuple(args.low_resolution),
        "seed": args.seed,
        "num_workers": args.workers,
        "amp": args.amp,
    }
    default = AdaptSettings()
    rates = {role: args.lr or default.stage(role).lr for role in ROLES}
    settings = AdaptSettings(
        detector=StageSettings(**shared, lr=rates["detector"], epoch_length=args.epoch_length),
        pose=StageSettings(**shared, lr=rates["pose"], epoch_length=2 * args.epoch_length),
        roles=(args.only,) if args.only else ("detector", "pose"),
        max_frames=args.max_frames,
        drop=args.drop,
        seed=args.seed,
        device=args.device,
        trust_checkpoint=args.trust_checkpoint,
    )
    base = Models.find(args.models).require_pair("adapt trains")
    given = {
        "detector": _named(args.det_model, args.det_weights, base.files("detector")),
        "pose": _named(args.pose2d, args.pose2d_weights, base.files("pose")),
    }
    pair, student = _resolve(given, args.out, "pair"), None
    if args.student:
        trained = dict(zip(settings.roles, _networks(args.student), strict=True))
        given = {role: trained.get(role) or pair.files(role) for role in ROLES}
        student = _resolve(given, args.out, "student")
    start = time.perf_counter()
    with trust_checkpoints(args.trust_checkpoint), adapt_progress() as tell:
        adaptation = Adaptation(args.sources, args.out, args.source, pair, settings, tell, student)
        result = adaptation.run()
    write_adaptation_report(result, args.out / "report.html")
    for problem in adaptation.problems:
        print(f"surgtools adapt: {problem.source}: {problem.message}", file=sys.stderr)
    for stage in result.stages:
        print(f"{stage.role}: {'accepted' if stage.accepted else 'rolled back'}: {stage.reason}")
    print(f"{time.perf_counter() - start:.0f} s -> {args.out / 'report.html'}")
    return 0 if result.accepted else 1


def _resolve(
    given: Mapping[str, tuple[str | Path, str | Path | None]], out: Path, name: str
) -> "Models":
    """Files of both networks; for a run to go on with, which has copies, they may be gone.

    Args:
        given: role to an alias or config, and to weights.
        out: folder of the run.
        name: ``pair`` or ``student``, as the run recorded it.
    """
    from surgtools.adaptation.run_folder import recorded_files
    from surgtools.prediction.models import ROLES, Models, one_network

    files = []
    for role in ROLES:
        config, weights = given[role]
        try:
            files += one_network(config, weights)
        except InputError:
            recorded = recorded_files(out, name, role)
            if not (config and weights) or recorded != (Path(config), Path(weights)):
                raise
            files += recorded
    return Models(*files)


def _named(
    model: str | None, weights: str | None, default: tuple[Path, Path]
) -> tuple[str | Path, str | Path | None]:
    """A single network that the user named, wholly or in part, or the one of the pair."""
    if model is None and weights is None:
        return default
    return model or default[0], weights


def _check(args: argparse.Namespace) -> None:
    if args.out.exists() and not args.out.is_dir():
        raise InputError(f"{args.out}: is a file; --out wants a folder")
    for name in ("epochs", "epoch_length", "max_frames"):
        if getattr(args, name) < 1:
            flag = f"--{name.replace('_', '-')}"
            raise InputError(f"{flag} {getattr(args, name)}: 1 or more is expected")
    if args.student and len(_networks(args.student)) != (1 if args.only else 2):
        raise InputError(
            "--student: a detector and a pose model are expected, or one of them with --only "
            "detector or --only pose, each an alias or CONFIG WEIGHTS"
        )
    if args.student and args.teacher == "ema":
        raise InputError("--student: learns from the frozen pair; leave --teacher out")
    if args.workers < 0:
        raise InputError(f"--workers {args.workers}: 0 or more is expected")
    if not 0 <= args.seed < 2**32:
        raise InputError(f"--seed {args.seed}: from 0 to below 2**32 is expected")
    if not 0 <= args.drop < 1:
        raise InputError(f"--drop {args.drop:g}: from 0 to below 1 is expected")
    if args.lr is not None and not 0 < args.lr < math.inf:
        raise InputError(f"--lr {args.lr:g}: more than 0, finite, is expected")
    if not 0 < args.pseudo_share < 1:
        raise InputError(f"--pseudo-share {args.pseudo_share:g}: between 0 and 1 is expected")
    if not 0 <= args.start_share < 1:
        raise InputError(f"--start-share {args.start_share:g}: from 0 to below 1 is expected")
    for factor in args.low_resolution:
        if not 1 <= factor < math.inf:
            raise InputError(f"--low-resolution {factor:g}: 1 or more, finite, is expected")


def _networks(words: Sequence[str]) -> list[tuple[str, str | None]]:
    """Config and weights of each network; an alias, which has no suffix, brings its weights."""
    rest, networks = list(words), []
    while rest:
        config = rest.pop(0)
        networks.append((config, rest.pop(0) if rest and Path(config).suffix else None))
    return networks
