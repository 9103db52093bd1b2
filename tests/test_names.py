"""One public name, one meaning: no two modules define a class or a function of the same name.

Who reads ``Problem`` or ``read_layer`` should not have to look where it was imported from.
"""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("surgtools", "data_gen")
CONFIGS = ("surgtools/configs/*/*.py", "surgtools/zoo/*_instruments.py", "*/toy_configs/*.py")
"""They hold values for the hosts, which name them."""

INTERFACES = {
    "add_arguments": ("surgtools/cli/", "each command declares its flags under this name"),
    "run": ("surgtools/cli/", "each command starts under this name"),
    "read": ("surgtools/annotations/convert/", "each foreign format is read under this name"),
    "write": ("surgtools/annotations/convert/", "each foreign format is written under it"),
    "install": ("surgtools/hosts/", "each mend of a host is put in place under this name"),
    "do_items": ("surgtools/engines/", "each engine does its work under this name"),
    "main": ("", "a program begins there, and nobody imports it"),
}
"""A name that modules share on purpose, because a caller chooses the module and not the name: the
room in which it may be, and why."""


def shared_names(root: Path, *packages: str) -> dict[str, list[str]]:
    """Public classes and functions that several modules define: name to ``path:line``."""
    places = defaultdict(list)
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            relative = path.relative_to(root)
            if any(relative.match(pattern) for pattern in CONFIGS):
                continue
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                named = isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
                if named and not node.name.startswith("_"):
                    places[node.name].append(f"{relative.as_posix()}:{node.lineno}")
    return {name: found for name, found in places.items() if len(found) > 1}


def breaches(shared: dict[str, list[str]]) -> list[str]:
    """One line for each name that has no reason to be shared, or leaves its room."""
    lines = []
    for name, places in sorted(shared.items()):
        room = INTERFACES.get(name, (None, ""))[0]
        if room is None or not all(place.startswith(room) for place in places):
            lines.append(f"{name} means {len(places)} things: {', '.join(places)}")
    return lines


def test_a_public_name_means_one_thing():
    assert breaches(shared_names(ROOT, *PACKAGES)) == []


def test_every_shared_name_that_is_allowed_is_there():
    shared = shared_names(ROOT, *PACKAGES)
    assert [name for name in INTERFACES if name not in shared] == [], "take it off the list"


def test_a_name_with_two_meanings_is_found_with_its_places(tmp_path):
    for name, code in {
        "house/a.py": "class Part: ...\ndef _own(): ...\n",
        "house/b.py": "def _own(): ...\n\nclass Part: ...\n",
        "house/c.py": "from house.a import Part\nrun = 1\n\ndef run(): ...\n",
        "house/d.py": "def run(): ...\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(code)
    assert breaches(shared_names(tmp_path, "house")) == [
        "Part means 2 things: house/a.py:1, house/b.py:3",
        "run means 2 things: house/c.py:4, house/d.py:1",
    ]
