"""``surgtools data``: check, merge, split, convert and look at datasets.

Every action is a module with ``add_arguments(parser)`` and ``run(args) -> int | None``, imported
when it is called.
"""

import argparse
import importlib

from surgtools.cli.parser import CommandParser, sentence

ACTIONS: dict[str, tuple[str, str]] = {
    "check": ("surgtools.cli.data.check", "find everything that is wrong with annotation files"),
    "merge": ("surgtools.cli.data.merge", "join COCO keypoint files"),
    "split": ("surgtools.cli.data.split", "split by group into train, val and test"),
    "convert": ("surgtools.cli.data.convert", "COCO to and from YOLO-pose, CVAT, Label Studio"),
    "overlay": ("surgtools.cli.data.overlay", "draw annotations or predictions on the pictures"),
    "stats": ("surgtools.cli.data.stats", "count and measure, with a page to look at"),
    "paste": ("surgtools.cli.data.paste", "lay instruments with alpha over other backgrounds"),
    "suggest": ("surgtools.cli.data.suggest", "say which unlabelled pictures to label next"),
    "taxonomy": ("surgtools.cli.data.taxonomy", "say which categories and keypoints there are"),
    "sigmas": ("surgtools.cli.data.sigmas", "measure OKS sigmas from pictures annotated twice"),
    "frames": ("surgtools.cli.data.frames", "write the frames of a video as pictures"),
    "video": ("surgtools.cli.data.video", "join pictures to a video"),
}
"""Action to its module and the line ``surgtools data --help`` shows."""


class _LazyParser(CommandParser):
    """A parser that learns its arguments from a module when it is used."""

    module: str | None = None

    def parse_known_args(self, args=None, namespace=None):
        if self.module is not None:
            module, self.module = importlib.import_module(self.module), None
            module.add_arguments(self)
            self.set_defaults(run_action=module.run)
        return super().parse_known_args(args, namespace)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_LazyParser
    )
    for name, (module, text) in ACTIONS.items():
        actions.add_parser(name, help=text, description=sentence(text)).module = module


def run(args: argparse.Namespace) -> int | None:
    return args.run_action(args)
