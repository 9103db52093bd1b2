"""``surgtools data video``: pictures of a folder as a video."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="pictures, joined in order of their names")
    parser.add_argument("--out", required=True, metavar="FILE", help="H.264 video, ends in .mp4")
    parser.add_argument("--fps", type=float, default=25.0)


def run(args: argparse.Namespace) -> None:
    from surgtools.prediction.video_frames import frames_to_video

    print(f"{args.out}: {frames_to_video(args.folder, args.out, args.fps)} frames")
