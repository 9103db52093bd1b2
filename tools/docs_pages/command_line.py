"""Write the page of the command line from the parsers of ``surgtools``."""

import argparse
import importlib
import re
from collections.abc import Iterator, Mapping

from surgtools import cli
from surgtools.cli.parser import CommandParser

INTRODUCTION = """\
# Command line

This page is written from the parsers of the program.
`surgtools COMMAND --help` prints the same text.

Every command ends with exit code 0 when all went well.
Wrong input ends it with one line and exit code 2.
Some commands have further exit codes, and their section names them.
Files are written whole or not at all.

"""


def command_line_page() -> str:
    """One section for every command and for every action of a command that has actions."""
    sections = [INTRODUCTION, _contents()]
    for name, text in cli.COMMANDS.items():
        module = importlib.import_module(f"surgtools.cli.{name}")
        if hasattr(module, "ACTIONS"):
            sections.append(f"## surgtools {name}\n\n{_sentence(text)}\n\n")
            entries = _actions(module.ACTIONS)
            sections += [_section(f"{name} {action}", *entry) for action, entry in entries]
        else:
            sections.append(_section(name, module, text))
    return "".join(sections)


def _contents() -> str:
    rows = [f"| [`{n}`](#surgtools-{n}) | {_escape(t)} |" for n, t in cli.COMMANDS.items()]
    return "\n".join(["| `surgtools ...` | |", "|---|---|", *rows]) + "\n\n"


def _actions(actions: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, tuple]]:
    for action, (module, text) in actions.items():
        yield action, (importlib.import_module(module), text)


def _section(name: str, module, text: str) -> str:
    parser = CommandParser(prog=f"surgtools {name}", description=text)
    module.add_arguments(parser)
    depth = "##" if " " not in name else "###"
    lines = [f"{depth} surgtools {name}", "", _sentence(parser.description or text), ""]
    formatter = parser._get_formatter()
    for group in parser._action_groups:
        actions = [action for action in group._group_actions if _is_shown(action)]
        if not actions:
            continue
        if group.title not in ("positional arguments", "options", "optional arguments"):
            lines += [f"**{_escape(group.title)}**", ""]
        lines += ["| argument | what it does |", "|---|---|"]
        for action in actions:
            words = formatter._expand_help(action) if action.help else ""
            lines.append(f"| {_invocation(action)} | {_escape(words)} |")
        lines.append("")
    if parser.epilog:
        lines += ["```text", (parser.epilog % {"prog": parser.prog}).strip(), "```", ""]
    return "\n".join(lines) + "\n"


def _is_shown(action: argparse.Action) -> bool:
    hidden = action.help == argparse.SUPPRESS
    return not hidden and not isinstance(action, argparse._HelpAction)


def _invocation(action: argparse.Action) -> str:
    """How the argument is typed, for example ``--seed SEED``."""
    value = _value(action)
    if not action.option_strings:
        return f"`{value}`"
    names = [name for name in action.option_strings if "_" not in name] or action.option_strings
    if isinstance(action, argparse.BooleanOptionalAction):
        return "<br>".join(f"`{name}`" for name in names)
    return f"`{', '.join(names)}{' ' if value else ''}{value}`"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    default = action.dest.upper() if action.option_strings else action.dest
    if action.choices is not None and action.metavar is None:
        names = "{" + ",".join(map(str, action.choices)) + "}"
    else:
        names = action.metavar if action.metavar is not None else default
    if isinstance(names, tuple):
        return " ".join(names)
    more = {"+": f"{names} ...", "*": f"[{names} ...]", "?": f"[{names}]"}
    if isinstance(action.nargs, int):
        return " ".join([names] * action.nargs)
    return more.get(action.nargs, names)


def _sentence(text: str) -> str:
    text = _escape(text.strip())
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def _escape(text: str) -> str:
    """Text as it stands in a cell of a Markdown table; code between backticks stays."""
    text = re.sub(r"\s+", " ", text).replace("|", "\\|")
    pieces = text.split("`")
    pieces[::2] = [piece.replace("<", "&lt;").replace("*", "\\*") for piece in pieces[::2]]
    return "`".join(pieces)
