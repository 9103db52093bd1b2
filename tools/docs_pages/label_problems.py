"""Write the page of what can be wrong with a label file from the table of ``data check``."""

from surgtools.annotations.check.problems import KINDS, LEVELS

INTRODUCTION = """\
# Problems of label files

This page is written from the table that `surgtools data check` works with.
`check` lists every problem that it finds, and `--fix FILE` mends those that have one safe answer.
Training, scoring and all other commands stop at the first problem that makes a number wrong.

"""

MEANING = {
    "error": "Errors make training or scoring wrong.",
    "warning": "Warnings probably do.",
    "note": "Notes are worth knowing. They leave the exit code alone.",
}


def label_problems_page() -> str:
    """One table for each level, in the order of the program."""
    lines = [INTRODUCTION]
    for level in LEVELS:
        lines += [f"## {level.capitalize()}s", "", MEANING[level], ""]
        lines += ["| code | what is wrong | stops other commands | what to do |"]
        lines += ["|---|---|---|---|"]
        for code, kind in KINDS.items():
            if kind.level == level:
                todo = kind.todo or ("`data check --fix FILE` mends it" if kind.fixable else "")
                stops = "yes" if kind.refused else ""
                lines.append(f"| `{code}` | {kind.title} | {stops} | {todo} |")
        lines.append("")
    return "\n".join(lines)
