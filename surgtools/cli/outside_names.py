"""The option with which a user trusts names that lead out of a data set."""

import argparse


def add_allow_outside(parser: argparse.ArgumentParser) -> None:
    """Add ``--allow-outside``, read as ``args.allow_outside``."""
    parser.add_argument(
        "--allow-outside",
        action="store_true",
        help="read pictures whose names lead out of the data set's folder",
    )
