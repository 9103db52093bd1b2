"""``surgtools gestures``: learn from predictions.json and a label file what instruments do."""

import argparse

from surgtools.cli.actions import add_actions

ACTIONS: dict[str, tuple[str, str]] = {
    "train": ("surgtools.cli.gestures.train", "learn gestures, and test on videos kept apart"),
    "test": ("surgtools.cli.gestures.test", "score a network of gestures on labelled videos"),
    "predict": ("surgtools.cli.gestures.predict", "find gestures in predicted videos"),
}
"""Action to its module and the line ``surgtools gestures --help`` shows."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_actions(parser, ACTIONS)


def run(args: argparse.Namespace) -> int | None:
    return args.run_action(args)
