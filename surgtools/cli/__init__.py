"""The ``surgtools`` command: one file per subcommand, loaded only when it is called.

A subcommand is a module of this package with ``HELP`` (one line), ``add_arguments(parser)`` and
``run(args) -> int | None``. Heavy imports belong inside ``run``.
"""

import argparse
import errno
import importlib
import sys
from collections.abc import Sequence

from surgtools import __version__
from surgtools.errors import InputError

COMMANDS: dict[str, str] = {
    "generate": "render labelled synthetic images or video",
    "train": "train a detector or a pose model from a config",
    "test": "score checkpoints: box AP, keypoint AP, PCK, pixel errors",
    "predict": "find instruments in images, folders and videos",
    "adapt": "adapt a detector and a pose model to unlabelled video",
    "data": "check, merge, split, convert and look at datasets",
    "export": "write a detector and a pose model as ONNX",
    "bench": "measure speed on this machine",
    "info": "print what a checkpoint was made from",
    "report": "make one self-contained report.html of a run",
    "doctor": "check the installation and say how to mend it",
}
"""Command name to the line ``surgtools --help`` shows; the module has the same name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; bad input becomes one line on stderr and exit code 2."""
    argv = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="surgtools",
        description="Surgical instruments and their keypoints in images and video.",
        epilog="`surgtools COMMAND --help` tells what a command takes.",
    )
    parser.add_argument("--version", action="version", version=f"surgtools {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    named = next((word for word in argv if not word.startswith("-")), None)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == named:
            module = importlib.import_module(f"surgtools.cli.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    args = parser.parse_args(argv)
    try:
        return args.run(args) or 0
    except InputError as error:
        print(f"surgtools {args.command}: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        where = f" for {error.filename}" if error.filename else ""
        print(
            f"surgtools {args.command}: no space left on the disk{where}; make room and give the "
            "same command again",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        print(f"surgtools {args.command}: interrupted", file=sys.stderr)
        return 130
