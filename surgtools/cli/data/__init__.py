"""``surgtools data``: check, merge, split, convert and look at datasets."""

import argparse

from surgtools.cli.actions import add_actions

ACTIONS: dict[str, tuple[str, str]] = {
    "check": ("surgtools.cli.data.check", "find everything that is wrong with annotation files"),
    "merge": ("surgtools.cli.data.merge", "join COCO keypoint files"),
    "split": ("surgtools.cli.data.split", "split by group into train, val and test"),
    "convert": ("surgtools.cli.data.convert", "COCO to and from YOLO-pose, CVAT, Label Studio"),
    "overlay": ("surgtools.cli.data.overlay", "draw annotations or predictions on the pictures"),
    "stats": ("surgtools.cli.data.stats", "count and measure, with a page to look at"),
    "cut": ("surgtools.cli.data.cut", "make layers of photographs of a plain table"),
    "paste": ("surgtools.cli.data.paste", "lay instruments with alpha over other backgrounds"),
    "suggest": ("surgtools.cli.data.suggest", "say which unlabelled pictures to label next"),
    "taxonomy": ("surgtools.cli.data.taxonomy", "say which categories and keypoints there are"),
    "sigmas": ("surgtools.cli.data.sigmas", "measure OKS sigmas from pictures annotated twice"),
    "frames": ("surgtools.cli.data.frames", "write the frames of a video as pictures"),
    "video": ("surgtools.cli.data.video", "join pictures to a video"),
}
"""Action to its module and the line ``surgtools data --help`` shows."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_actions(parser, ACTIONS)


def run(args: argparse.Namespace) -> int | None:
    return args.run_action(args)
