"""What ``surgtools adapt`` can be told, and which of it contradicts itself."""

import argparse
from pathlib import Path

from surgtools.cli.adapt_networks import NAMES, ROLES, SOURCE, split_networks
from surgtools.cli.data_arguments import add_max_frames, add_pictures
from surgtools.cli.model_arguments import add_model_arguments
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import real, whole
from surgtools.cli.running_arguments import add_amp, add_device, add_seed, add_workers, add_zoom
from surgtools.cli.sharing_arguments import add_engine
from surgtools.cli.spatial_arguments import add_spatial_arguments
from surgtools.configs import adaptation_recipe as recipe
from surgtools.errors import InputError

EPILOG = """\
The adapted pair is OUT/detector.{py,pth} and OUT/pose.{py,pth}; a student that is one network is
OUT/one_stage.{py,pth}. OUT/report.html says what was decided and why, OUT/adapt.json the same as
numbers, OUT/work/*/pseudo_labels every round of labels as COCO JSON with the reason for each
rejected instance. A network that a gate refuses is rolled back: the starting one is then handed
over. Running the same command again goes on where a killed run stopped.

exit codes: 0 at least one network was adapted; 1 all were rolled back; 2 input that cannot be used
or nothing to learn from, no model written.
"""

START = "accurate"
"""The pair that is trained when none is named: both of its networks learn in hours of a CPU."""


def add_adapt_arguments(parser: argparse.ArgumentParser) -> None:
    """What to adapt to, what to adapt, how long."""
    parser.epilog = EPILOG
    add_pictures(parser, "targets", "TARGET", "without labels, which the networks adapt to")
    add_out_dir(parser, "folder for the adapted pair")
    parser.add_argument(
        "--source",
        type=Path,
        metavar="DATASET",
        help="labelled dataset the networks were trained on, with train/ and val/ (default: "
        f"{SOURCE} where it is there, else one is rendered once from the presets that look most "
        "like the target, and kept in ~/.cache/surgtools/sources)",
    )

    model = add_model_arguments(
        parser,
        f"networks to start from (default: the {START} pair of the package)",
        exported=False,
    )
    model.add_argument(
        "--student",
        nargs="+",
        metavar="MODEL",
        help="train other, for example smaller, networks: a detector and a pose model, or one "
        "that finds all at once, or the part that --only names, each an alias or CONFIG WEIGHTS; "
        "the pair above stays as their teacher",
    )
    model.add_argument("--only", choices=ROLES, help="adapt this network alone")

    learn = parser.add_argument_group("learning")
    learn.add_argument(
        "--teacher",
        choices=("ema", "frozen"),
        help="who labels the frames: ema is the average of the network that learns, frozen stays "
        "what it was (default: ema, but frozen with --student and --low-resolution, whose "
        "students see less)",
    )
    learn.add_argument(
        "--teacher-models",
        nargs="+",
        metavar="MODELS",
        help="let several pairs label, each a name or a folder as of --models; of each instrument "
        "the most plausible answer counts, or none. They stay what they are, and the networks to "
        "start from learn",
    )
    learn.add_argument(
        "--labels",
        choices=("hard", "soft"),
        default="hard",
        help="whether a keypoint counts as a label fully, or as far as it is trusted",
    )
    learn.add_argument(
        "--epochs",
        type=whole("[1, inf)"),
        metavar="N",
        default=recipe.EPOCHS,
        help="length of the training of each network",
    )
    learn.add_argument(
        "--epoch-length",
        type=whole("[1, inf)"),
        metavar="N",
        default=recipe.EPOCH_LENGTH["detector"],
        help="pictures in an epoch of the detector; the pose model sees twice as many",
    )
    learn.add_argument(
        "--pseudo-share",
        type=real("(0, 1)"),
        metavar="SHARE",
        default=recipe.PSEUDO_SHARE,
        help="share of the target's frames in every epoch; the rest is the labelled source",
    )
    learn.add_argument(
        "--start-share",
        type=real("[0, 1)"),
        metavar="SHARE",
        help="share of the starting weights in the adapted ones, which are a mean of both; not "
        f"with --student and --low-resolution (default: {recipe.START_SHARE})",
    )
    learn.add_argument(
        "--lr",
        type=real("(0, inf)"),
        metavar="RATE",
        help="highest learning rate (default: "
        + ", ".join(f"{rate:g} for the {NAMES[role]}" for role, rate in recipe.LR.items())
        + ")",
    )
    learn.add_argument(
        "--without",
        nargs="+",
        default=[],
        metavar="RULE",
        help="leave out these rules of what may become a label, such as flow_disagreement",
    )
    learn.add_argument(
        "--low-resolution",
        nargs="+",
        type=real("[1, inf)"),
        default=[],
        metavar="FACTOR",
        help="let the student see pictures so many times smaller, for cameras of few pixels",
    )
    add_max_frames(learn, "frames to take from all targets together", recipe.MAX_FRAMES)
    learn.add_argument(
        "--drop",
        type=real("[0, 1)"),
        metavar="AP",
        default=recipe.MAX_DROP,
        help="loss of AP on the source from which on a network is rolled back",
    )
    add_seed(learn)

    add_spatial_arguments(
        parser.add_argument_group(
            "in space (default: nothing is known of it)",
            "What no pose of a known instrument shows is no label.",
        )
    )
    running = parser.add_argument_group("running")
    running.add_argument(
        "--dry-run",
        action="store_true",
        help="check networks, source and folder, say who would teach and learn what, and end; "
        "nothing is written",
    )
    add_device(running)
    add_zoom(running)
    add_amp(running)
    add_workers(running, 2, "processes that prepare pictures; 0 prepares them in between")
    add_engine(running, "where labels are proposed")


def is_taught(args: argparse.Namespace) -> bool:
    """Whether the networks learn from others than themselves."""
    return bool(args.low_resolution or args.student or args.teacher_models)


def check_adapt_arguments(args: argparse.Namespace) -> None:
    """Refuse flags that cannot be given together.

    Raises:
        InputError: naming the flags.
    """
    if args.teacher_models and len(set(args.teacher_models)) < max(2, len(args.teacher_models)):
        raise InputError(
            f"--teacher-models {' '.join(args.teacher_models)}: two different pairs or more are "
            "expected; one teacher is named by --models"
        )
    if args.teacher_models and args.teacher == "ema":
        raise InputError("--teacher-models: stay what they are; leave --teacher out")
    if args.student and len(split_networks(args.student)) not in ((1,) if args.only else (1, 2)):
        raise InputError(
            "--student: a detector and a pose model are expected, or one network that finds both, "
            "or the one that --only names, each an alias or CONFIG WEIGHTS"
        )
    if args.start_share is not None and (args.student or args.low_resolution):
        other = "--student" if args.student else "--low-resolution"
        raise InputError(
            f"--start-share: {other} has everything to learn, so nothing of the start is mixed "
            "in; leave it out"
        )
    if args.models and args.student and args.teacher_models and not args.only:
        raise InputError(
            f"--models {args.models}: neither teaches nor learns beside --teacher-models and "
            "--student; leave it out"
        )
    if args.student and args.teacher == "ema":
        raise InputError("--student: learns from the frozen pair; leave --teacher out")
