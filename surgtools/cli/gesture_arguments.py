"""The flags that the actions of ``surgtools gestures`` share, and how they tell scores."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from surgtools.cli.host_arguments import add_trust


def add_predictions(parser: argparse.ArgumentParser) -> None:
    """The positional ``files``."""
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="PREDICTIONS",
        help="one or several predictions.json that predict wrote of videos",
    )


def add_labels(parser: argparse.ArgumentParser) -> None:
    """``--labels``, ``--unit`` and ``--whole``."""
    parser.add_argument(
        "--labels",
        type=Path,
        metavar="FILE",
        required=True,
        help="CSV with the columns video, start, end, label; a gesture ends just before its end",
    )
    parser.add_argument(
        "--unit",
        choices=("seconds", "frames"),
        default="seconds",
        help="what start and end are; frames count from 0",
    )
    parser.add_argument(
        "--whole",
        action="store_true",
        help="every video has one label, whatever the times; so it is, too, without those columns",
    )


def add_gesture_model(parser: argparse.ArgumentParser) -> None:
    """``--model`` and ``--trust-checkpoint``."""
    parser.add_argument(
        "--model", type=Path, metavar="FILE", required=True, help="gestures.pth that train wrote"
    )
    add_trust(parser)


def scores_in_words(scores: Mapping[str, float]) -> str:
    """One line of scores, chance at its end."""
    rest = {n: v for n, v in scores.items() if n not in ("most_frequent", "videos")}
    told = "  ".join(f"{name} {value:.3f}" for name, value in rest.items())
    return (
        f"{told}  ({scores['videos']} videos; always the commonest label: "
        f"{scores['most_frequent']:.3f})"
    )
