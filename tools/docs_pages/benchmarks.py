"""Write the page of the benchmarks from the first line of each script."""

import ast
from pathlib import Path

INTRODUCTION = """\
# Benchmarks

This page is written from the scripts in `benchmarks/`.
`python benchmarks/NAME.py --help` tells what a script takes.
What came out, with date, commit and command, is in `benchmarks/RESULTS.md`.

"""


def benchmarks_page(root: Path) -> str:
    """A table of every script that is started by hand, by folder."""
    home = root / "benchmarks"
    lines = [INTRODUCTION, "| script | what it does |", "|---|---|"]
    for file in [*sorted(home.glob("*.py")), *sorted((home / "peers").glob("*.py"))]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        opening = (ast.get_docstring(tree) or "").split("\n\n")[0].replace("\n", " ")
        if is_started(tree) and "run by" not in opening:
            said = opening.replace("``", "`").replace("|", "\\|")
            lines.append(f"| `{file.relative_to(root).as_posix()}` | {said} |")
    return "\n".join(lines) + "\n"


def is_started(tree: ast.Module) -> bool:
    """Whether the file does something when it is run."""
    return any(isinstance(n, ast.If) and "__main__" in ast.unparse(n.test) for n in tree.body)
