"""Write the page of the configs and presets from the files themselves."""

import ast
import re
from pathlib import Path

INTRODUCTION = """\
# Configs

This page is written from the config files.
A config states what differs from the config it builds on, `_base_`.
`mmdet::` and `mmpose::` are the recipes of the hosts.

A name says model, length of training, data and input size.
`rtmpose-s_60e_instruments-256x256` is RTMPose-s, 60 epochs, instruments, 256 x 256 pixels.
Any setting can be changed from the command line:

```bash
surgtools train configs/pose/rtmpose-s_60e_instruments-256x256.py \\
    --data data/instruments --cfg-options train_dataloader.batch_size=16
```

"""

FOLDERS = {
    "detection": "Detectors",
    "pose": "Pose models",
    "one_stage": "One network for boxes and keypoints",
    "lifting": "From keypoints to space",
    "adaptation": "Adaptation",
}
"""Folder of configs to its heading; a folder that is not named here comes after these."""

NAME = re.compile(r"(?P<model>[^_]+)_(?P<length>[^_]+)_(?P<data>\w+?)-(?P<size>\d+x\d+)")


def configs_page(root: Path) -> str:
    """Tables and sources of all training configs, then of the generator's presets."""
    home = root / "surgtools/configs"
    home = home if home.is_dir() else root / "configs"
    folders = {p.name for p in home.iterdir() if any(p.glob("*.py"))} - {"__pycache__"}
    named = [name for name in FOLDERS if name in folders]
    others = sorted(name for name in folders - set(FOLDERS) if not name.startswith("_"))
    parts = [INTRODUCTION]
    for name in [*named, *others]:
        files = sorted(p for p in (home / name).glob("*.py") if p.name != "__init__.py")
        parts.append(_folder(FOLDERS.get(name, name.replace("_", " ").capitalize()), name, files))
    shared = sorted(p for p in home.glob("*.py") if p.name != "__init__.py")
    parts.append(_shared([*sorted((home / "_base_").glob("*.py")), *shared]))
    parts.append(_presets(sorted((home / "data_gen").glob("*.yaml"))))
    return "\n".join(parts)


def _folder(title: str, name: str, files: list[Path]) -> str:
    lines = [f"## {title}", "", "| `configs/" + name + "/` | model | length | input |"]
    lines.append("|---|---|---|---|")
    for file in files:
        match = NAME.fullmatch(file.stem)
        cells = [match["model"], match["length"], match["size"]] if match else ["", "", ""]
        lines.append(f"| `{file.name}` | {' | '.join(cells)} |")
    lines.append("")
    for file in files:
        bases = " and ".join(f"`{base}`" for base in base_configs(file))
        title = f"`{file.name}` builds on {bases}" if bases else f"`{file.name}`"
        lines += _source(title, file, "python")
    return "\n".join(lines)


def _shared(files: list[Path]) -> str:
    lines = ["## What configs share", ""]
    for file in files:
        lines += _source(f"`{file.parent.name}/{file.name}`", file, "python")
    return "\n".join(lines)


def base_configs(file: Path) -> list[str]:
    """What ``_base_`` names, in order; empty without it."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_base_":
            try:
                value = ast.literal_eval(node.value)
            except ValueError:  # an expression
                value = ast.unparse(node.value)
            return [value] if isinstance(value, str) else list(value)
    return []


def _presets(files: list[Path]) -> str:
    lines = ["## Presets of the generator", ""]
    lines += [
        "A preset of your own is a YAML file that states what differs. "
        "`inherit: theatre` builds on another one.",
        "",
    ]
    lines += ["| `configs/data_gen/` | shows |", "|---|---|"]
    for file in files:
        said = _opening_comment(file.read_text(encoding="utf-8"))
        lines.append(f"| `{file.name}` | {said.replace('|', chr(92) + '|')} |")
    lines.append("")
    for file in files:
        lines += _source(f"`{file.name}`", file, "yaml", is_open=file.stem == "base")
    return "\n".join(lines)


def _source(title: str, file: Path, language: str, is_open: bool = False) -> list[str]:
    """The text of a file in a box that opens with a click."""
    text = file.read_text(encoding="utf-8").rstrip()
    body = [f"    {line}".rstrip() for line in text.splitlines()]
    return [
        f'???{"+" if is_open else ""} note "{title}"',
        "",
        f"    ```{language}",
        *body,
        "    ```",
        "",
    ]


def _opening_comment(text: str) -> str:
    """The comment a file begins with, as one line."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return " ".join(lines)
