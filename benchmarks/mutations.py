"""Change one limit or comparison at a time, and count the changes that the mirrored tests miss.

    python benchmarks/mutations.py surgtools/adaptation/guards surgtools/annotations/merged_rows.py

Every number, comparison, `and`/`or` and `+`/`-` of a module is one mutation. Each runs the
module's own tests in a forked process, in which the changed source takes the module's place; no
file is touched. A mutation that no test notices survives and is listed with its line. Docstrings,
messages and the limits of array slices are left alone.
"""

import argparse
import ast
import importlib.abc
import importlib.util
import json
import math
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

DEFAULT = (
    "surgtools/adaptation/guards",
    "surgtools/adaptation/labels/selection",
    "surgtools/annotations/merged_rows.py",
    "surgtools/annotations/image_entries.py",
    "surgtools/annotations/image_table.py",
    "surgtools/prediction/suppression.py",
    "surgtools/prediction/tracking.py",
)
PRELOADED = ("numpy", "cv2", "scipy.optimize", "surgtools.register")
"""Imported once, before the first fork."""

OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-W", "ignore", "--assert=plain")

SWAPPED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


class Mutation(NamedTuple):
    """One change: the line, what stood there and what stands there now, the changed module."""

    line: int
    before: str
    after: str
    tree: ast.Module


def mutations(source: str) -> Iterator[Mutation]:
    """Every single change of a module's source."""
    count = sum(1 for _ in _places(ast.parse(source)))
    for number in range(count):
        tree = ast.parse(source)
        node, change = list(_places(tree))[number]
        before = ast.unparse(node)
        change(node)
        ast.fix_missing_locations(tree)
        yield Mutation(node.lineno, before, ast.unparse(node), tree)


def _places(tree: ast.Module):
    left_alone = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript | ast.JoinedStr):
            part = node.slice if isinstance(node, ast.Subscript) else node
            left_alone |= {id(child) for child in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) in left_alone:
            continue
        if isinstance(node, ast.Compare):
            for place, operator in enumerate(node.ops):
                if type(operator) in SWAPPED:
                    yield node, partial(_swap_compare, place=place)
        elif isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED:
            yield node, _swap_operator
        elif isinstance(node, ast.Constant) and type(node.value) in (int, float):
            yield node, _change_number


def _swap_compare(node: ast.Compare, place: int) -> None:
    node.ops[place] = SWAPPED[type(node.ops[place])]()


def _swap_operator(node: ast.BinOp | ast.BoolOp) -> None:
    node.op = SWAPPED[type(node.op)]()


def _change_number(node: ast.Constant) -> None:
    """A tenth more for a limit, one more for a count: a test on either side notices both."""
    node.value = node.value + 1 if isinstance(node.value, int) else node.value * 1.1 or 0.1


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives one module the changed source."""

    def __init__(self, name: str, path: Path, tree: ast.Module) -> None:
        self.name, self.path, self.tree = name, path, tree

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self.name:
            return None
        return importlib.util.spec_from_file_location(fullname, self.path, loader=self)

    def create_module(self, spec):
        return None

    def exec_module(self, module) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


def survives(name: str, path: Path, tree: ast.Module, tests: list[str], limit: float) -> bool:
    """Whether the tests pass although the module is changed; in a process of its own."""
    child = os.fork()
    if child == 0:
        os.setsid()
        _be_silent()
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(limit), math.ceil(limit)))
        for loaded in list(sys.modules):
            if _is_test(loaded) or loaded.split(".")[0] == "surgtools" and _mentions(loaded, name):
                del sys.modules[loaded]
        sys.meta_path.insert(0, _Changed(name, path, tree))
        try:
            code = pytest.main([*OPTIONS, *tests])
        except BaseException:
            code = 1
        os._exit(int(code) and 1)
    end = time.monotonic() + 100 * limit
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.05)
    os.killpg(child, signal.SIGKILL)  # a change that never ends is noticed
    os.waitpid(child, 0)
    return False


def load_tests(tests: list[str]) -> None:
    """Import once, before the first fork, what the tests need: most of the time goes there."""
    stdout, stderr = os.dup(1), os.dup(2)
    _be_silent()
    try:
        pytest.main(["--collect-only", *OPTIONS, *tests])
    finally:
        sys.stdout.flush()
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)


def _be_silent() -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)


def _is_test(loaded: str) -> bool:
    """Whether a loaded module is a test file or its fixtures, which hold names of the package."""
    return (getattr(sys.modules[loaded], "__file__", None) or "").startswith(str(ROOT / "tests"))


def _mentions(loaded: str, name: str) -> bool:
    """Whether a loaded module is the changed one, or took names from it."""
    module = sys.modules[loaded]
    if loaded == name or name.startswith(f"{loaded}."):
        return True
    return any(getattr(v, "__module__", None) == name for v in list(vars(module).values()))


def tests_of(path: Path) -> list[str]:
    """The mirrored test file, or the files of the mirrored folder that import the module."""
    folder = ROOT / "tests" / path.relative_to(ROOT / "surgtools").parent
    own = sorted(folder.glob(f"test_{path.stem}*.py"))
    dotted = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    own = own or [file for file in sorted(folder.glob("*.py")) if dotted in file.read_text()]
    if not own:
        raise SystemExit(f"{path}: no test file mirrors it")
    return [str(file) for file in own]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("modules", nargs="*", default=DEFAULT, help="files or folders")
    parser.add_argument("--every", type=int, default=1, help="take every n-th mutation")
    parser.add_argument("--limit", type=float, default=120.0, help="CPU seconds for one mutation")
    parser.add_argument("--out", type=Path, help="write the table as JSON")
    args = parser.parse_args()
    os.chdir(ROOT)
    for module in PRELOADED:
        importlib.import_module(module)
    table = []
    for given in args.modules:
        place = ROOT / given
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            changes = list(mutations(path.read_text()))[:: args.every]
            if path.name == "__init__.py" or not changes:
                continue
            tests = tests_of(path)
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            load_tests(tests)
            unchanged = ast.parse(path.read_text())
            if not survives(name, path, unchanged, tests, 10 * args.limit):
                print(f"{path}: its tests fail without a change", file=sys.stderr)
                return 2
            left = [m for m in changes if survives(name, path, m.tree, tests, args.limit)]
            row = {
                "module": str(path.relative_to(ROOT)),
                "mutations": len(changes),
                "survivors": [f"{m.line}: {m.before} -> {m.after}" for m in left],
            }
            table.append(row)
            print(f"{row['module']}: {len(left)} of {len(changes)} survive", flush=True)
            for line in row["survivors"]:
                print(f"    {line}", flush=True)
    total = sum(row["mutations"] for row in table)
    print(f"{sum(len(row['survivors']) for row in table)} of {total} mutations survive")
    if args.out:
        args.out.write_text(json.dumps(table, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
