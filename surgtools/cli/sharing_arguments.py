"""The flags that share work out: over machines, over time, over a cluster."""

import argparse

from surgtools.cli.ranges import pair
from surgtools.engines import NAMES

Parser = argparse.ArgumentParser | argparse._ArgumentGroup


def add_shard(parser: Parser, what: str) -> None:
    """``--shard``, read as ``args.shard``, (i, n) with 1 <= i <= n."""
    parser.add_argument(
        "--shard",
        type=_shard,
        default="1/1",
        metavar="I/N",
        help=what,
    )


def add_watch(parser: Parser) -> None:
    """``--watch``."""
    parser.add_argument(
        "--watch",
        metavar="DIR",
        help="also look at this folder, and go on with what is put there until Ctrl-C",
    )


def add_engine(parser: Parser, what: str = "where the work is done") -> None:
    """``--engine``."""
    parser.add_argument(
        "--engine",
        choices=NAMES,
        default="local",
        help=f"{what}: on this machine, or on all machines of a Ray cluster that see the same "
        "folders",
    )


def _shard(text: str) -> tuple[int, int]:
    part, parts = pair("/")(text)
    if not 1 <= part <= parts:
        raise argparse.ArgumentTypeError(f"{text}: I/N with I from 1 to N is expected")
    return part, parts
