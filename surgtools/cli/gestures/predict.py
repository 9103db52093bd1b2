"""``surgtools gestures predict``: find gestures in videos that ``surgtools predict`` has seen."""

import argparse

from surgtools.cli.gesture_arguments import add_gesture_model, add_predictions
from surgtools.cli.output_arguments import add_out_dir, add_overwrite


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Videos, the network, and where to write."""
    add_predictions(parser)
    add_gesture_model(parser)
    add_out_dir(parser, "folder for segments.csv, which is a label file again, and segments.json")
    add_overwrite(parser)


def run(args: argparse.Namespace) -> int:
    """Write the gestures of every video."""
    from surgtools.gestures.checkpoint import load_gesture_model
    from surgtools.gestures.run import find_segments, write_segments
    from surgtools.gestures.seen_videos import read_seen_videos
    from surgtools.own_outputs import own_outputs

    model = load_gesture_model(args.model)
    _, videos = read_seen_videos(args.files, model.taxonomy)
    rows = [row for video in videos for row in find_segments(model, video)]
    with own_outputs(args.out_dir, args.overwrite, record=True):
        write_segments(rows, model, args.out_dir)
    print(f"{len(rows)} gestures in {len(videos)} videos -> {args.out_dir / 'segments.csv'}")
    return 0
