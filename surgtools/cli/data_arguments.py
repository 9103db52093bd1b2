"""The flags that name pictures and datasets."""

import argparse

from surgtools.cli.ranges import whole
from surgtools.dataset_folder import PARTS

Parser = argparse.ArgumentParser | argparse._ArgumentGroup

SPLITS = PARTS


def add_pictures(
    parser: Parser,
    name: str = "sources",
    metavar: str = "SOURCE",
    what: str = "to look at",
    nargs: str = "+",
) -> None:
    """The words a command begins with: pictures and videos."""
    parser.add_argument(
        name,
        nargs=nargs,
        metavar=metavar,
        help=f"pictures and videos {what}: files, folders, quoted globs such as 'shots/*.jpg'",
    )


def add_dataset(parser: Parser, what: str, metavar: str = "DIR") -> None:
    """``--data``."""
    parser.add_argument("--data", metavar=metavar, help=what)


def add_image_folder(parser: Parser) -> None:
    """``--images``."""
    parser.add_argument(
        "--images",
        metavar="DIR",
        help="folder of the pictures (default: images/ beside the file, or its folder)",
    )


def add_max_frames(parser: Parser, what: str, default: int | None = None) -> None:
    """``--max-frames``."""
    parser.add_argument(
        "--max-frames", type=whole("[1, inf)"), metavar="N", default=default, help=what
    )


def add_num(parser: Parser, what: str, default: int | None = None) -> None:
    """``--num``, a number of pictures."""
    parser.add_argument("--num", type=whole("[1, inf)"), metavar="N", default=default, help=what)


def add_stride(parser: Parser) -> None:
    """``--stride`` of a video."""
    parser.add_argument(
        "--stride",
        type=whole("[1, inf)"),
        metavar="N",
        default=1,
        help="take every N-th frame of a video",
    )
