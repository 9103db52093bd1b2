"""The parser of every command: a mistake is one line, and defaults are told by the parser."""

import argparse
import re
from typing import Any, NoReturn

from surgtools.errors import InputError


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Shows the default of every flag that has one to show, so that no help text repeats it."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = (action.help or "").removesuffix(" (default: %(default)s)")  # of on-off flags
        shown = None if "(default:" in text else to_words(action.default)
        return (
            f"{text} (default: {shown})".replace("%%", "%").replace("%", "%%") if shown else text
        )


def to_words(default: Any) -> str | None:
    """A default as a user would type it; None where there is nothing to tell.

    Off is the default of every flag that has no opposite, and is not told.
    """
    if default is True:
        return "yes"
    if default is None or default is False or default in ("", argparse.SUPPRESS):
        return None
    if isinstance(default, list | tuple):
        return " ".join(map(str, default)) or None
    return f"{default:g}" if isinstance(default, float) else str(default)


def sentence(text: str) -> str:
    """A line of a list of commands as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}."


class CommandParser(argparse.ArgumentParser):
    """A parser for ``surgtools.cli``, and for the commands and actions below it.

    The host class prints its usage, many lines, and ends the process. Here a mistake is an
    ``InputError`` like any other bad input.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": HelpFormatter, **settings})

    def parse_known_args(self, args=None, namespace=None):
        """Refuse what is left over here; the host leaves that to the outermost parser."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return namespace, unknown

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong, in one line that names the flag and the command.

        Raises:
            InputError: always.
        """
        message = re.sub(r"^argument (?:\S+/)?(\S+): ", r"\1 ", message)
        if not message.endswith("expected"):
            message += f"; `{self.prog} --help` tells what it takes"
        raise UsageError(f"{self.prog}: {message}")


class UsageError(InputError):
    """A command line that cannot be understood; the message begins with the command."""
