"""``surgtools train``: the hosts' train tools in one, for detectors and pose networks."""

import argparse
import os
from pathlib import Path

from surgtools.errors import InputError

HELP = "train a detector or a pose model from a config"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Flags of the hosts' ``tools/train.py``, then our own."""
    parser.add_argument("config", help="config file, for example from configs/pose")
    parser.add_argument("--work-dir", help="folder for logs and checkpoints")
    parser.add_argument(
        "--resume",
        nargs="?",
        const="auto",
        metavar="CHECKPOINT",
        help="go on from a checkpoint; without a path from the latest one in the work folder",
    )
    parser.add_argument(
        "--amp",
        action="store_true",
        help="train in mixed precision: fp16, on a CPU features in bfloat16",
    )
    parser.add_argument("--no-validate", action="store_true", help="do not score while training")
    parser.add_argument(
        "--auto-scale-lr", action="store_true", help="scale the learning rate by the batch size"
    )
    parser.add_argument(
        "--cfg-options",
        nargs="+",
        metavar="KEY=VALUE",
        help="override settings of the config; a bare data_root=DIR moves every dataloader",
    )
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none")
    parser.add_argument("--local_rank", "--local-rank", type=int, default=0)
    parser.add_argument("--data", metavar="DIR", help="dataset folder with train/ and val/")
    parser.add_argument(
        "--taxonomy",
        metavar="FILE",
        help="categories and keypoints, a .yaml or a dataset_info .py; without it, the "
        "taxonomy.yaml of the data, or its own categories",
    )
    parser.add_argument("--epochs", type=int, help="length of the training and its schedule")
    parser.add_argument("--seed", type=int, help="seed of all random numbers")
    parser.add_argument(
        "--only",
        nargs="+",
        default=[],
        metavar="PART",
        help="train these parts of the network, such as head.visibility; the rest stays as "
        "load_from has it",
    )
    parser.add_argument(
        "--trust-checkpoint",
        action="store_true",
        help="load checkpoints that can run code; only for files whose author you trust",
    )


def run(args: argparse.Namespace) -> int:
    """Train; errors of the user end with one line before anything is written."""
    if args.epochs is not None and args.epochs < 1:
        raise InputError(f"--epochs {args.epochs}: at least 1 epoch is expected")
    os.environ.setdefault("LOCAL_RANK", str(args.local_rank))
    # dataloader workers share the cores with the network: threads that spin starve them
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")

    import surgtools.register  # noqa: F401  (before any host)
    from surgtools.hosts.compat.safe_loading import trust_checkpoints
    from surgtools.hosts.config_files import load_config
    from surgtools.reports.training_report import write_training_report
    from surgtools.training.run import train
    from surgtools.training.settle_taxonomy import settle_taxonomy

    config = load_config(args.config, args.cfg_options, args.data)
    for note in settle_taxonomy(config, args.taxonomy):
        print(note)
    work_dir = args.work_dir or Path("work_dirs") / Path(args.config).stem
    with trust_checkpoints(args.trust_checkpoint):
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
