"""``surgtools data frames``: the frames of a video as pictures."""

import argparse

from surgtools.cli.data_arguments import add_stride
from surgtools.cli.output_arguments import add_out_dir, add_overwrite


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "video", metavar="VIDEO", help="the video to take apart, a file or an address"
    )
    add_out_dir(parser, "folder that gets NAME_000000.jpg and so on")
    add_stride(parser)
    add_overwrite(parser)


def run(args: argparse.Namespace) -> None:
    from surgtools.own_outputs import own_outputs
    from surgtools.prediction.video_frames import extract_frames

    with own_outputs(args.out_dir, args.overwrite):
        frames = extract_frames(args.video, args.out_dir, args.stride)
    print(f"{args.out_dir}: {len(frames)} frames")
