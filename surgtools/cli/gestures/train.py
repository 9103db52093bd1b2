"""``surgtools gestures train``: learn gestures from predictions and a label file."""

import argparse

from surgtools.cli.gesture_arguments import add_labels, add_predictions, scores_in_words
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.ranges import real, whole
from surgtools.cli.running_arguments import add_seed
from surgtools.cli.scoring_arguments import check_writable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Videos, labels, and how long to learn."""
    add_predictions(parser)
    add_labels(parser)
    add_out_dir(parser, "folder for gestures.pth, scores.json and the log")
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--held-out-share",
        type=real("[0, 1)"),
        metavar="SHARE",
        default=0.25,
        help="share of the videos that are kept apart for testing; 0 trains on all",
    )
    group.add_argument(
        "--held-out",
        nargs="+",
        metavar="VIDEO",
        default=[],
        help="keep these videos apart, as the label file names them",
    )
    parser.add_argument(
        "--frame-rate",
        type=real("[1, 120]"),
        metavar="HZ",
        default=10.0,
        help="moments a second that the network looks at",
    )
    parser.add_argument(
        "--epochs", type=whole("[1, inf)"), metavar="N", default=60, help="length of the training"
    )
    parser.add_argument(
        "--noisy-copies",
        type=whole("[0, inf)"),
        metavar="N",
        default=4,
        help="also learn from N copies of each video with errors as networks make them",
    )
    add_seed(parser)


def run(args: argparse.Namespace) -> int:
    """Read everything, train, and print the scores of the videos kept apart."""
    from surgtools.gestures.labels import read_label_file
    from surgtools.gestures.seen_videos import read_seen_videos

    check_writable(args.out_dir / "gestures.pth")
    labels = read_label_file(args.labels, args.unit, args.whole)
    taxonomy, videos = read_seen_videos(args.files)

    from surgtools.gestures.run import train_gestures

    model, scores = train_gestures(
        videos,
        taxonomy,
        labels,
        args.out_dir,
        frame_rate=args.frame_rate,
        epochs=args.epochs,
        share=args.held_out_share,
        held_out=args.held_out,
        seed=args.seed,
        noisy_copies=args.noisy_copies,
    )
    own = model.settings
    print(f"trained on {len(own.trained_on)} videos, labels: {', '.join(own.labels)}")
    print(scores_in_words(scores) if scores else "no video was kept apart, so there is no score")
    print(f"model: {args.out_dir / 'gestures.pth'}")
    return 0
