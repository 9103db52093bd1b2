"""The ``surgtools`` command: one file per subcommand, loaded only when it is called.

A subcommand is a module of this package with ``add_arguments(parser)`` and
``run(args) -> int | None``. Heavy imports belong inside ``run``. Flags that several commands have
come from the modules here whose names end in ``_arguments``.
"""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from surgtools import __version__
from surgtools.cli.parser import CommandParser, UsageError, sentence
from surgtools.errors import InputError, lack_of_machine

COMMANDS: dict[str, str] = {
    "generate": "render labelled synthetic images or video",
    "init": "look at a dataset and write what a first training on it needs",
    "train": "train a detector or a pose model from a config",
    "test": "score checkpoints: box AP, keypoint AP, PCK, pixel errors",
    "predict": "find instruments in images, folders and videos",
    "triangulate": "put together what several cameras see, in millimeters",
    "calibrate": "find where cameras stand, from videos of a board",
    "measure": "path length, speed, smoothness and opening of what was tracked",
    "gestures": "learn what instruments do over time, and find it in videos",
    "adapt": "adapt a detector and a pose model to pictures or video without labels",
    "data": "check, merge, split, convert and look at datasets",
    "export": "write a detector and a pose model as ONNX",
    "bench": "measure speed on this machine",
    "info": "print what a checkpoint was made from",
    "demo": "try the models on a local page",
    "report": "make one self-contained report.html of a run",
    "doctor": "check the installation and say how to mend it",
}
"""Command name to the line ``surgtools --help`` shows; the module has the same name."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; bad input becomes one line on stderr and exit code 2."""
    argv = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")  # what it cannot read is told by us
    command = next((word for word in argv if not word.startswith("-")), "")
    try:
        args = _parse(argv, command)
        with _trust(args):
            code = args.run(args) or 0
        sys.stdout.flush()
        return code
    except UsageError as error:
        files = [word for word in argv if word.startswith("-") and os.path.lexists(word)]
        hint = f"; write ./{files[0]} for the file of that name" if files else ""
        print(f"{error}{hint}", file=sys.stderr)
        return 2
    except InputError as error:
        return _refuse(command, str(error))
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (OSError, MemoryError, ImportError, RuntimeError) as error:
        lack = lack_of_machine(error)
        if lack is None:
            raise
        return _refuse(command, lack)
    except KeyboardInterrupt:
        print(f"surgtools {command}: interrupted", file=sys.stderr)
        return 130


def _parse(argv: list[str], named: str) -> argparse.Namespace:
    """The arguments of the command ``named``, whose module alone is loaded."""
    parser = CommandParser(
        prog="surgtools",
        description="Surgical instruments and their keypoints in images and video.",
        epilog="`surgtools COMMAND --help` tells what a command takes.",
    )
    parser.add_argument("--version", action="version", version=f"surgtools {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=sentence(text))
        if name == named:
            module = importlib.import_module(f"surgtools.cli.{name}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    args = parser.parse_args(argv)
    for key, value in vars(args).items():
        setattr(args, key, _at_home(value))
    return args


def _trust(args: argparse.Namespace) -> AbstractContextManager:
    """What ``--trust-checkpoint`` allows, it allows wherever the command reads a file."""
    if not getattr(args, "trust_checkpoint", False):
        return nullcontext()
    from surgtools.hosts.compat.safe_loading import trust_checkpoints

    return trust_checkpoints()


def _refuse(command: str, message: str) -> int:
    print(f"surgtools {command}: {message}", file=sys.stderr)
    return 2


def _at_home(value: Any) -> Any:
    """Paths with ``~`` in front as the shell writes them, which it does not do after ``=``."""
    if isinstance(value, list):
        return [_at_home(item) for item in value]
    if not isinstance(value, str | Path) or not str(value).startswith("~"):
        return value
    return value if os.path.lexists(value) else type(value)(os.path.expanduser(value))
