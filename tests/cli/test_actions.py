"""A command with actions loads the module of the one that is called, and no other."""

import sys
from types import SimpleNamespace

import pytest

from surgtools.cli.actions import add_actions
from surgtools.cli.parser import CommandParser, UsageError


def test_the_module_of_an_action_is_loaded_when_it_is_called(monkeypatch):
    own = SimpleNamespace(add_arguments=lambda p: p.add_argument("--size", type=int), run=len)
    monkeypatch.setitem(sys.modules, "one_action", own)
    parser = CommandParser(prog="surgtools thing")
    add_actions(parser, {"cut": ("one_action", "cut it"), "glue": ("no_such_module", "glue it")})
    args = parser.parse_args(["cut", "--size", "3"])
    assert (args.action, args.size, args.run_action) == ("cut", 3, len)
    with pytest.raises(UsageError, match="required: ACTION"):
        parser.parse_args([])
