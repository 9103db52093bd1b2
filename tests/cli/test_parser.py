"""A mistake on the command line is one line, and defaults are written by the parser."""

import argparse
import importlib
import re

import pytest

from surgtools import cli
from surgtools.cli.parser import CommandParser, UsageError, to_words


def parsers():
    """Every command and action with its parser, arguments added."""
    for name in cli.COMMANDS:
        command = importlib.import_module(f"surgtools.cli.{name}")
        if hasattr(command, "ACTIONS"):
            for action, (module, _) in command.ACTIONS.items():
                yield f"{name} {action}", importlib.import_module(module)
        else:
            yield name, command


COMMANDS = dict(parsers())


def filled(name: str) -> CommandParser:
    parser = CommandParser(prog=f"surgtools {name}")
    COMMANDS[name].add_arguments(parser)
    return parser


def test_defaults_are_shown_once_and_as_a_user_types_them():
    parser = CommandParser(prog="p")
    parser.add_argument("--lr", type=float, default=1e-4, help="rate, 5 %% of it at the end")
    parser.add_argument("--parts", default=("a", "b"), help="names")
    parser.add_argument("--seed", default=0, help="start")
    parser.add_argument("--flip", action=argparse.BooleanOptionalAction, default=True, help="turn")
    parser.add_argument("--off", action="store_true", help="nothing")
    parser.add_argument("--own", default=3, help="own words (default: of the config)")
    text = re.sub(r"\s+", " ", parser.format_help())
    for line in (
        "rate, 5 % of it at the end (default: 0.0001)",
        "names (default: a b)",
        "start (default: 0)",
        "turn (default: yes)",
        "own words (default: of the config)",
    ):
        assert line in text
    assert text.count("(default:") == 5


@pytest.mark.parametrize(
    ("default", "words"),
    [(None, None), (False, None), ([], None), (0, "0"), (0.0, "0"), ("", None)],
)
def test_nothing_is_not_told(default, words):
    assert to_words(default) == words


@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_says_what_it_is_for_and_leaves_defaults_to_the_parser(name):
    for action in filled(name)._actions:
        what = action.option_strings or action.dest
        text = (action.help or "").removesuffix(" (default: %(default)s)")
        assert len(text.split()) > 2, f"{name}: {what} has no help a newcomer understands"
        assert not re.search(r"\[[^\]]*\]$|\(\d[\d.]*\)$", text), f"{name}: {what} types a default"
        if action.default not in (None, False, "", argparse.SUPPRESS) or action.default == 0:
            assert "(default:" not in text, f"{name}: {what} tells it twice"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "surgtools: the following arguments are required: COMMAND"),
        (["paint"], "surgtools: COMMAND invalid choice: 'paint'"),
        (
            ["doctor", "--no-such-flag"],
            "surgtools doctor: unrecognized arguments: --no-such-flag; `surgtools doctor --help`",
        ),
        (["data", "stats", "f", "g"], "surgtools data stats: unrecognized arguments: g; "),
        (["--quiet", "doctor"], "surgtools: unrecognized arguments: --quiet; "),
        (["train"], "surgtools train: the following arguments are required: CONFIG"),
        (["train", "c", "--epochs", "0"], "surgtools train: --epochs 0: 1 or more is expected"),
        (["data", "split"], "surgtools data split: the following arguments are required: FILE"),
        (["data", "video", "d", "--out", "v", "--fps", "nan"], "surgtools data video: --fps nan:"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(words, told, capsys):
    assert cli.main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith(told) and error.count("\n") == 1


def test_only_what_is_not_said_sends_to_the_help():
    parser = CommandParser(prog="surgtools x")
    with pytest.raises(UsageError, match=r"^surgtools x: no; `surgtools x --help` tells"):
        parser.error("no")
    with pytest.raises(UsageError, match=r"^surgtools x: --b 3: 1 is expected$"):
        parser.error("argument -a/--b: 3: 1 is expected")
