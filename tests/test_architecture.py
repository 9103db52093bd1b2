"""The house holds: floors import downwards only, licenses stay apart, tests mirror modules.

Each rule is a function from the root of a checkout to the list of its breaches, one line each that
names the file. The rules are applied to this checkout, and to small made-up trees that break them.
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

FLOORS: dict[str, int] = {
    "metainfo": 0,
    "boxes": 0,
    "camera": 0,
    "dataset_folder": 0,
    "errors": 0,
    "files": 0,
    "finite_numbers": 0,
    "gesture_script": 0,
    "taxonomy": 0,
    "own_outputs": 0,
    "safe_names": 0,
    "samples": 0,
    "rig_file": 0,
    "configs": 0,
    "images": 0,
    "moved_files": 0,
    "lens": 0,
    "orientation": 0,
    "picture_bytes": 0,
    "still_png": 0,
    "annotations": 1,
    "hosts": 1,
    "engines": 1,
    "decoding": 1,
    "lifting": 1,
    "schemas": 1,
    "datasets": 2,
    "models": 2,
    "evaluation": 2,
    "zoo": 2,
    "prediction": 3,
    "reports": 3,
    "spatial": 3,
    "training": 4,
    "export": 4,
    "demo": 4,
    "doctor": 4,
    "gestures": 4,
    "adaptation": 5,
    "cli": 6,
}
"""Part of ``surgtools`` to its floor."""

WIRING = ("register", "__init__", "__main__")
"""They name parts of every floor, so that importing them registers or starts the whole."""

GENERATOR_FLOOR = 1
GPL = ("bpy", "bmesh", "mathutils", "blenderproc")
NEVER = (
    "ultralytics",
    "albumentations",
    "albumentationsx",
    "chumpy",
    "mmdeploy",
    "detectron2",
    "decord",
)
NAMELESS = ("utils", "util", "helpers", "helper", "common", "misc")
CONFIG_PATHS = ("surgtools/configs/*/*.py", "surgtools/zoo/*_instruments.py", "*/toy_configs/*.py")
"""Python files that are configs; they hold values, not code."""


def modules(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Path relative to the root and syntax tree of each Python file in the folders."""
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def is_data(path: str) -> bool:
    """Whether the file is a config."""
    return any(Path(path).match(pattern) for pattern in CONFIG_PATHS)


def imported(tree: ast.Module, path: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of every import, also inside functions and by string."""
    package = path.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value


def floor_of(dotted: str) -> int | None:
    """Floor of an imported name or a module; None outside the floors.

    Raises:
        KeyError: a part of ``surgtools`` that has no floor yet.
    """
    parts = dotted.split(".")
    if parts[0] != "surgtools" or len(parts) == 1 or parts[1] in WIRING or parts[1][:2] == "__":
        return None
    return FLOORS[parts[1]]


def upward_imports(root: Path) -> list[str]:
    breaches = []
    for path, tree in modules(root, "surgtools"):
        try:
            own = floor_of(path.removesuffix(".py").replace("/", "."))
        except KeyError as part:
            breaches.append(f"{path}: {part} has no floor; add it to FLOORS")
            continue
        for line, name in imported(tree, path) if own is not None else ():
            try:
                other = floor_of(name)
            except KeyError:
                continue  # an attribute of the package, or a part that is reported by itself
            if other is not None and other > own:
                breaches.append(f"{path}:{line}: floor {own} imports {name} of floor {other}")
    return breaches


def generator_reaches_up(root: Path) -> list[str]:
    return [
        f"{path}:{line}: the generator imports {name}; it may use floors 0 and 1"
        for path, tree in modules(root, "data_gen")
        for line, name in imported(tree, path)
        if (floor_of(name) or 0) > GENERATOR_FLOOR or name.startswith("surgtools.register")
    ]


def generator_is_imported(root: Path) -> list[str]:
    return [
        f"{path}:{line}: imports {name}; the generator runs in its own process"
        for path, tree in modules(root, "surgtools", "tools", "benchmarks")
        for line, name in imported(tree, path)
        if name.split(".")[0] == "data_gen"
    ]


def gpl_outside_generator(root: Path) -> list[str]:
    return [
        f"{path}:{line}: imports {name}, which is GPL; only data_gen may"
        for path, tree in modules(root, "surgtools", "tools", "benchmarks")
        for line, name in imported(tree, path)
        if name.split(".")[0] in GPL
    ]


def forbidden_packages(root: Path) -> list[str]:
    return [
        f"{path}:{line}: imports {name}, which the project does without"
        for path, tree in modules(root, "surgtools", "data_gen", "tools", "benchmarks", "tests")
        for line, name in imported(tree, path)
        if name.split(".")[0] in NEVER
    ]


def nameless_files(root: Path) -> list[str]:
    return [
        f"{path}: the name says nothing; name the one idea of the file"
        for path, _ in modules(root, "surgtools", "data_gen", "tests", "tools", "benchmarks")
        for part in path.removesuffix(".py").split("/")
        if part.removeprefix("test_") in NAMELESS
    ]


def missing_docstrings(root: Path) -> list[str]:
    return [
        f"{path}: the module says nothing of what it is for"
        for path, tree in modules(root, "surgtools", "data_gen", "tools", "benchmarks")
        if tree.body and not ast.get_docstring(tree) and not is_data(path)
    ]


def unmirrored_modules(root: Path) -> list[str]:
    """``surgtools/a/b.py`` is tested in ``tests/a``: by ``test_b.py``, or by a file there that
    imports it; a small folder may have one ``tests/test_a.py``. ``data_gen/a.py`` likewise."""
    tested = {
        (Path(path).parent, name)
        for path, tree in modules(root, "tests")
        for _, name in imported(tree, path)
    }
    breaches = []
    for path, tree in modules(root, "surgtools", "data_gen"):
        name, dotted = Path(path).stem, path.removesuffix(".py").replace("/", ".")
        if name.startswith("__") or is_data(path) or not tree.body:
            continue
        folder = Path("tests", path.removeprefix("surgtools/")).parent
        by_name = any((root / folder).glob(f"test_{name.strip('_')}*.py"))
        by_folder = any((root / folder.parent).glob(f"test_{folder.name}*.py"))
        by_import = any(f == folder and f"{n}.".startswith(f"{dotted}.") for f, n in tested)
        if not (by_name or by_folder or by_import):
            breaches.append(f"{path}: no test; {folder}/test_{name}.py is expected")
    return breaches


def prints(root: Path) -> list[str]:
    return [
        f"{path}:{node.lineno}: prints; only commands do, a library logs"
        for path, tree in modules(root, "surgtools")
        if not path.startswith("surgtools/cli/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
    ]


def time_limits(root: Path) -> list[str]:
    """A test with a time limit fails where the machine is slow, which is no fault of the code."""
    return [
        f"{path}:{node.lineno}: has a time limit; wait for what happens instead"
        for path, tree in modules(root, "tests")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and any(word.arg == "timeout" for word in node.keywords)
    ]


RULES: dict[Callable[[Path], list[str]], dict[str, str]] = {
    upward_imports: {"surgtools/metainfo.py": '"""M."""\n\ndef f():\n    import surgtools.models'},
    generator_reaches_up: {"data_gen/scene.py": "from surgtools.datasets import x"},
    generator_is_imported: {"surgtools/cli/generate.py": "from data_gen import scene"},
    gpl_outside_generator: {"surgtools/files.py": "def f():\n    import bpy.types"},
    forbidden_packages: {"tools/train.py": "from ultralytics import YOLO"},
    nameless_files: {"surgtools/prediction/utils.py": '"""U."""'},
    missing_docstrings: {"surgtools/files.py": "x = 1"},
    unmirrored_modules: {"surgtools/prediction/drawing.py": '"""D."""'},
    time_limits: {"tests/test_files.py": "import subprocess\nsubprocess.run(['x'], timeout=9)"},
    prints: {"surgtools/files.py": 'def f():\n    print("x")'},
}
"""Each rule with the smallest tree that breaks it once."""


def write_tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_this_checkout_keeps_the_rule(rule):
    breaches = rule(ROOT)
    assert not breaches, "\n" + "\n".join(breaches)


@pytest.mark.parametrize(
    ("rule", "files"), RULES.items(), ids=lambda x: getattr(x, "__name__", "")
)
def test_rule_names_the_file_that_breaks_it(rule, files, tmp_path):
    breaches = rule(write_tree(tmp_path, files))
    assert len(breaches) == 1
    assert breaches[0].startswith(next(iter(files)))


@pytest.mark.parametrize(
    "text",
    [
        "from surgtools.cli import main",
        "from surgtools import cli",
        "from ..cli import main",
        "import importlib\nimportlib.import_module('surgtools.cli')",
    ],
)
def test_an_upward_import_is_found_however_it_is_written(text, tmp_path):
    write_tree(tmp_path, {"surgtools/prediction/drawing.py": text})
    assert "of floor 6" in upward_imports(tmp_path)[0]


def test_downward_and_sideways_imports_are_allowed(tmp_path):
    text = "import numpy\nfrom surgtools.metainfo import x\nfrom surgtools.prediction import y"
    assert upward_imports(write_tree(tmp_path, {"surgtools/prediction/drawing.py": text})) == []


def test_part_without_a_floor_is_reported(tmp_path):
    write_tree(tmp_path, {"surgtools/attic/box.py": "x = 1"})
    assert "'attic' has no floor" in upward_imports(tmp_path)[0]
