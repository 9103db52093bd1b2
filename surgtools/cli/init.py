"""``surgtools init``: look at a dataset, and write what a first training on it needs."""

import argparse
from pathlib import Path

from surgtools.cli.output_arguments import add_out_dir


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "data", metavar="DATA", help="dataset folder with train/coco_keypoints.json"
    )
    add_out_dir(parser, "folder for the files, none of which may be there", default=Path("start"))


def run(args: argparse.Namespace) -> None:
    from surgtools.training.start_files import write_start
    from surgtools.training.start_plan import has_gpu

    written = write_start(args.data, args.out_dir, has_gpu())
    plan = written.plan
    print(f"networks: {plan.detector}, {plan.pose or 'no pose network'} ({plan.why_networks})")
    print(f"input of the detector: {plan.side} x {plan.side} ({plan.why_side})")
    print(f"epochs: {plan.epochs} and {plan.pose_epochs} ({plan.why_epochs})")
    for guess in written.guesses:
        print(f"guessed, please check: {guess.category}: {guess.part}: {guess.value}")
    print("written: " + ", ".join(map(str, (written.taxonomy, *written.configs))))
    if not written.has_val:
        print(
            f"{args.data} has no val: the newest checkpoint is taken, not the best; "
            "`surgtools data split` makes one"
        )
    print("\nNext:")
    for command in written.commands:
        print(f"  {command}")
