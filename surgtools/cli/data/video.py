"""``surgtools data video``: pictures of a folder as a video."""

import argparse

from surgtools.cli.ranges import real
from surgtools.cli.replaced_files import refuse_to_replace


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="pictures, joined in order of their names")
    parser.add_argument("--out", required=True, metavar="FILE", help="H.264 video to write, .mp4")
    parser.add_argument(
        "--fps",
        type=real("[0.001, 1000]"),
        metavar="N",
        default=25.0,
        help="frames a second of the video",
    )


def run(args: argparse.Namespace) -> None:
    from surgtools.prediction.video_frames import frames_to_video
    from surgtools.prediction.video_writer import VIDEO_MARK

    refuse_to_replace(args.out, VIDEO_MARK, "a video of surgtools")
    print(f"{args.out}: {frames_to_video(args.folder, args.out, args.fps)} frames")
