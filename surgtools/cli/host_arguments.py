"""The flags of the hosts' own train and test tools, with the hosts' names and meanings."""

import argparse

from surgtools.cli.ranges import whole


def add_host_arguments(parser: argparse.ArgumentParser, work_dir: str) -> None:
    """``--work-dir``, ``--cfg-options``, ``--launcher`` and ``--local_rank``.

    Args:
        work_dir: what the command keeps in its work folder.
    """
    group = parser.add_argument_group("as in the tools of MMPose and MMDetection")
    group.add_argument(
        "--work-dir",
        metavar="DIR",
        help=f"folder for {work_dir} (default: below work_dirs, named like the config)",
    )
    group.add_argument(
        "--cfg-options",
        nargs="+",
        metavar="KEY=VALUE",
        help="change settings of the config, such as train_dataloader.batch_size=8",
    )
    group.add_argument(
        "--launcher",
        choices=("none", "pytorch", "slurm", "mpi"),
        default="none",
        help="what started this process as one of several; none for a single one",
    )
    group.add_argument(
        "--local_rank",
        "--local-rank",
        type=whole("[0, inf)"),
        default=0,
        help="number of this process on its machine, which the launcher fills in",
    )


def add_trust(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    """``--trust-checkpoint``."""
    parser.add_argument(
        "--trust-checkpoint",
        action="store_true",
        help="load checkpoints that can run code; only for files whose author you trust",
    )
