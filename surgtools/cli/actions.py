"""Actions of a command: ``surgtools data check``.

Every action is a module with ``add_arguments(parser)`` and ``run(args) -> int | None``, imported
when it is called.
"""

import argparse
import importlib
from collections.abc import Mapping

from surgtools.cli.parser import CommandParser, sentence


def add_actions(parser: argparse.ArgumentParser, actions: Mapping[str, tuple[str, str]]) -> None:
    """Give a command its actions; ``args.run_action`` is the one that was chosen.

    Args:
        actions: action to its module and the line that ``--help`` of the command shows.
    """
    group = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_LazyParser
    )
    for name, (module, text) in actions.items():
        group.add_parser(name, help=text, description=sentence(text)).module = module


class _LazyParser(CommandParser):
    """A parser that learns its arguments from a module when it is used."""

    module: str | None = None

    def parse_known_args(self, args=None, namespace=None):
        if self.module is not None:
            module, self.module = importlib.import_module(self.module), None
            module.add_arguments(self)
            self.set_defaults(run_action=module.run)
        return super().parse_known_args(args, namespace)
