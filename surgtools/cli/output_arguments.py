"""The flags that name what a command writes."""

import argparse
from pathlib import Path

from surgtools.errors import InputError

Parser = argparse.ArgumentParser | argparse._ArgumentGroup


def add_out_dir(
    parser: Parser, what: str, required: bool = True, default: Path | None = None
) -> None:
    """``--out-dir``, or ``--out``, which is a folder; read as ``args.out_dir``."""
    parser.add_argument(
        "--out-dir",
        "--out",
        type=folder_to_write,
        metavar="DIR",
        required=required and default is None,
        default=default,
        help=what,
    )


def add_overwrite(parser: Parser) -> None:
    """``--overwrite``; see ``own_outputs``."""
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="also replace files that no earlier run wrote, or that were changed since",
    )


def add_place_pictures(parser: Parser, default: str = "link") -> None:
    """``--pictures``: what becomes of the pictures of a dataset that is written anew."""
    parser.add_argument(
        "--pictures",
        choices=("link", "copy", "keep"),
        default=default,
        help="put the pictures beside the new labels as hard links or as copies, or keep them "
        "where they are",
    )


def folder_to_write(text: str) -> Path:
    """The type of a flag that takes a folder, which may be missing yet."""
    path = Path(text)
    if path.exists() and not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text}: is a file; a folder is expected")
    return path


def fresh_folder(path: Path) -> Path:
    """A folder that is not there yet: ``path``, else the first of ``path_2``, ``path_3``, ...

    Raises:
        InputError: what is above it is a file.
    """
    if path.parent.exists() and not path.parent.is_dir():
        raise InputError(f"{path.parent}: is a file; give --out-dir DIR")
    number, fresh = 1, path
    while fresh.exists():
        number += 1
        fresh = path.with_name(f"{path.name}_{number}")
    return fresh
