"""Say which configs a command runs that did not come with surgtools.

A config is Python and runs when it is read. Who predicts with somebody's network runs that
person's program, and should know it before, not afterwards.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import surgtools

_NAMED_BY = ("config", "models", "det_model", "pose2d")


def tell_programs(args: argparse.Namespace) -> None:
    """Print a line that names the configs among the arguments, if there are any.

    Args:
        args: of a command with the flags of ``add_model_arguments``, perhaps with ``config``, too.
    """
    named = [getattr(args, flag, None) for flag in _NAMED_BY]
    found = [str(path) for name in named if name for path in _configs(Path(name))]
    if found:
        what = "configs, which are programs" if len(found) > 1 else "config, which is a program"
        print(
            f"surgtools {args.command}: runs the {what}: {', '.join(dict.fromkeys(found))}; "
            "name only those whose author you trust",
            file=sys.stderr,
        )


def _configs(path: Path) -> Iterator[Path]:
    """The file itself, or what lies in a folder of networks and right below it."""
    own = Path(surgtools.__file__).resolve().parent
    if path.is_dir():
        exported = (path / "meta.json").is_file()
        found = [] if exported else sorted([*path.glob("*.py"), *path.glob("*/*.py")])
    else:
        found = [path] if path.suffix == ".py" and path.is_file() else []
    yield from (each for each in found if not each.resolve().is_relative_to(own))
