"""``surgtools gestures test``: score a network of gestures on labelled videos."""

import argparse
from pathlib import Path

from surgtools.cli.gesture_arguments import (
    add_gesture_model,
    add_labels,
    add_predictions,
    scores_in_words,
)
from surgtools.cli.replaced_files import refuse_to_replace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Videos, labels and the network."""
    add_predictions(parser)
    add_labels(parser)
    add_gesture_model(parser)
    parser.add_argument(
        "--all",
        action="store_true",
        help="also score videos of the same names as those the network was trained on",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write the scores as JSON")


def run(args: argparse.Namespace) -> int:
    """Print the scores; videos that were trained on are left out."""
    from surgtools.gestures.labels import read_label_file

    if args.out:
        inputs = [args.labels, *args.files]
        refuse_to_replace(args.out, '"most_frequent"', "what a test of gestures wrote", inputs)
    labels = read_label_file(args.labels, args.unit, args.whole)

    from surgtools.files import write_json
    from surgtools.gestures.checkpoint import load_gesture_model
    from surgtools.gestures.run import pairs_to_test, test_gestures
    from surgtools.gestures.seen_videos import read_seen_videos

    model = load_gesture_model(args.model)
    _, videos = read_seen_videos(args.files, model.taxonomy)
    pairs, known = pairs_to_test(model, labels, videos, args.all)
    if known:
        print(f"left out {known} videos that the network was trained on; --all scores them, too")
    scores = test_gestures(model, pairs)
    print(scores_in_words(scores))
    if args.out:
        write_json(args.out, scores, indent=1)
    return 0
