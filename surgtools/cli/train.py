"""``surgtools train``: the hosts' train tools in one, for detectors and pose networks."""

import argparse
import os
from pathlib import Path

from surgtools.cli.data_arguments import add_dataset
from surgtools.cli.host_arguments import add_host_arguments, add_trust
from surgtools.cli.ranges import whole
from surgtools.cli.running_arguments import add_amp, add_seed
from surgtools.cli.taxonomy_argument import add_taxonomy
from surgtools.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the hosts' ``tools/train.py``, and our own."""
    parser.add_argument(
        "config",
        metavar="CONFIG",
        help="config of the network: a file, or the name of one in the package, such as "
        "configs/pose/rtmpose-s_60e_instruments-256x256.py",
    )
    add_dataset(parser, "dataset folder with train/ and val/ (default: the config's)")
    add_taxonomy(parser)
    parser.add_argument(
        "--epochs",
        type=whole("[1, inf)"),
        metavar="N",
        help="length of the training and of its schedule (default: the config's)",
    )
    add_seed(parser, default=None)
    parser.add_argument(
        "--pretrained",
        nargs="?",
        const="auto",
        metavar="FILE",
        help="start from a checkpoint, or a model of the package such as rtmpose-s_instruments; "
        "without FILE from the hosts' own weights of the recipe, "
        "which are downloaded once to ~/.cache/surgtools/weights (SURGTOOLS_CACHE names another "
        "folder, SURGTOOLS_MIRROR another host)",
    )
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="PART",
        help="train only these parts of the network, such as head.visibility; the rest stays as "
        "load_from has it",
    )
    add_trust(parser)
    add_host_arguments(parser, "logs and checkpoints")
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        metavar="CHECKPOINT",
        help="go on from a checkpoint; without a path from the latest one in the work folder",
    )
    add_amp(parser)
    parser.add_argument("--no-validate", action="store_true", help="do not score while training")
    parser.add_argument(
        "--auto-scale-lr",
        action="store_true",
        help="scale the learning rate by the batch size over that of the config",
    )


def run(args: argparse.Namespace) -> int:
    """Train; errors of the user end with one line before anything is written."""
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    # dataloader workers share the cores with the network: threads that spin starve them
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")

    import surgtools.register  # noqa: F401  (before any host)
    from surgtools.hosts.compat.safe_loading import trust_checkpoints
    from surgtools.hosts.config_files import load_config
    from surgtools.reports.training_report import write_training_report
    from surgtools.training.pretrained import start_pretrained
    from surgtools.training.run import train
    from surgtools.training.settle_taxonomy import settle_taxonomy

    if args.data and Path(args.data).is_file():
        raise InputError(f"--data {args.data}: is a file; give a folder with train/ and val/")
    config = load_config(args.config, args.cfg_options, args.data)
    for note in settle_taxonomy(config, args.taxonomy):
        print(note)
    work_dir = args.work_dir or Path("work_dirs") / Path(args.config).stem
    with trust_checkpoints(args.trust_checkpoint):
        if args.pretrained:
            start_pretrained(config, args.config, args.pretrained)
        train(
            config,
            work_dir=work_dir,
            resume=args.resume,
            amp=args.amp,
            validate=not args.no_validate,
            auto_scale_lr=args.auto_scale_lr,
            launcher=args.launcher,
            epochs=args.epochs,
            seed=args.seed,
            only=args.only,
        )
    if int(os.environ.get("RANK", 0)) == 0:
        try:
            print(f"report: {write_training_report(work_dir)}")
        except InputError as error:  # too short a training to have logged anything
            print(f"no report: {error}")
    return 0
