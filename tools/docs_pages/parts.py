"""Write the page of the registered parts: every class that a config can name."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INTRODUCTION = """\
# Parts that configs name

This page is written from the code.
Each part is a class that a config names by `type=`, for example
`dict(type="RandomDegrade", noise_prob=0.5)`.
Values in the signature are the defaults.

"""

HEADINGS = {
    "DATASETS": "Datasets",
    "TRANSFORMS": "Transforms",
    "KEYPOINT_CODECS": "Codecs",
    "MODELS": "Networks, heads and losses",
    "HOOKS": "Hooks",
    "METRICS": "Metrics",
    "TASK_UTILS": "Others",
}
"""Registry of the hosts to its heading; another registry is headed by its own name."""


@dataclass(frozen=True)
class RegisteredPart:
    """One class that is registered under its name.

    Attributes:
        registry: name of the registry, for example ``TRANSFORMS``.
        name: of the class.
        parameters: arguments of the constructor with their defaults, as written.
        text: docstring of the class.
        file: where it is, relative to the root.
    """

    registry: str
    name: str
    parameters: tuple[str, ...]
    text: str
    file: str


def parts_page(root: Path) -> str:
    """One section for each registry, one entry for each part."""
    parts = sorted(registered_parts(root), key=lambda part: part.name)
    found = {part.registry for part in parts}
    lines = [INTRODUCTION]
    for registry in [*HEADINGS, *sorted(found - set(HEADINGS))]:
        own = [part for part in parts if part.registry == registry]
        if own:
            lines.append(f"## {HEADINGS.get(registry, registry.replace('_', ' ').capitalize())}\n")
        lines += [_entry(part) for part in own]
    return "\n".join(lines)


def registered_parts(root: Path) -> Iterator[RegisteredPart]:
    """Every class of ``surgtools`` with a ``register_module`` decorator; nothing is imported."""
    for file in sorted((root / "surgtools").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            for decorator in node.decorator_list if isinstance(node, ast.ClassDef) else ():
                called = decorator.func if isinstance(decorator, ast.Call) else decorator
                if isinstance(called, ast.Attribute) and called.attr == "register_module":
                    yield RegisteredPart(
                        registry=ast.unparse(called.value).split(".")[-1],
                        name=node.name,
                        parameters=_parameters(node),
                        text=ast.get_docstring(node) or "",
                        file=file.relative_to(root).as_posix(),
                    )


def _parameters(node: ast.ClassDef) -> tuple[str, ...]:
    """Each argument of the constructor as it is written; ``...`` stands for those of the host."""
    made = next((m for m in node.body if getattr(m, "name", "") == "__init__"), None)
    if made is None:
        return ("...",)
    known = made.args
    plain = [*known.posonlyargs, *known.args][1:]
    defaults = [None] * len(plain) + list(known.defaults)
    pairs = [*zip(plain, defaults[-len(plain) or len(defaults) :], strict=True)]
    pairs += zip(known.kwonlyargs, known.kw_defaults, strict=True)
    words = [ast.unparse(a) + (f" = {ast.unparse(d)}" if d else "") for a, d in pairs]
    return (*words, *(["..."] if known.vararg or known.kwarg else []))


def _entry(part: RegisteredPart) -> str:
    opening, _, rest = part.text.partition("\n\n")
    lines = [f"### {part.name}", "", _prose(opening), ""]
    lines += ["```python", _call(part.name, part.parameters), "```", ""]
    arguments = re.search(r"Args:\n((?: {4}.*\n?|\n)+)", rest + "\n")
    if arguments:
        lines += [*_arguments(arguments[1]), ""]
    lines += [f"`{part.file}`", ""]
    return "\n".join(lines)


def _arguments(block: str) -> Iterator[str]:
    """Docstring entries as a list; a line that is indented further goes on with the one before."""
    entries: list[str] = []
    for line in block.splitlines():
        if line.startswith(" " * 8) and entries:
            entries[-1] += " " + line.strip()
        elif line.strip():
            entries.append(line.strip())
    for entry in entries:
        name, colon, text = entry.partition(":")
        if name != "kwargs":
            yield f"- `{name}`:{_prose(text)}" if colon else f"- {_prose(entry)}"


def _prose(text: str) -> str:
    """Docstring markup as Markdown."""
    text = re.sub(r"\s*\n\s*", " ", text).replace("``", "`")
    pieces = text.split("`")
    pieces[::2] = [re.sub(r"([<*_])", r"\\\1", piece) for piece in pieces[::2]]
    return "`".join(pieces)


def _call(name: str, parameters: tuple[str, ...], width: int = 90) -> str:
    """A call on one line where it fits, else one argument to a line."""
    line = f"{name}({', '.join(parameters)})"
    if len(line) <= width:
        return line
    return "\n".join([f"{name}(", *(f"    {parameter}," for parameter in parameters), ")"])
