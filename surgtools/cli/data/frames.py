"""``surgtools data frames``: the frames of a video as pictures."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("video", metavar="VIDEO")
    parser.add_argument("--out-dir", required=True, metavar="DIR", help="gets NAME_000000.jpg ...")
    parser.add_argument("--stride", type=int, default=1, help="keep every STRIDE-th frame")


def run(args: argparse.Namespace) -> None:
    from surgtools.prediction.video_frames import extract_frames

    print(f"{args.out_dir}: {len(extract_frames(args.video, args.out_dir, args.stride))} frames")
