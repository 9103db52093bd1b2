"""Read and write the cameras of a rig in Anipose's TOML form, as plain values.

[cam_0]
name = "left"
size = [960, 544]
matrix = [[1000.0, 0.0, 479.5], [0.0, 1000.0, 271.5], [0.0, 0.0, 1.0]]
distortions = [0.0, 0.0, 0.0, 0.0, 0.0]
rotation = [0.0, 0.0, 0.0]
translation = [0.0, 0.0, 0.0]

Rotation (a vector, radians) and translation lead from the frame of the rig to that of the camera.
Lengths are millimeters where surgtools writes the file; Anipose has those of its board.

Source: aniposelib, ``CameraGroup.dump`` and ``CameraGroup.load``.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surgtools.errors import InputError
from surgtools.files import write_whole

KEYS = ("name", "size", "matrix", "distortions", "rotation", "translation")


def write_rig_file(
    path: str | Path, cameras: Sequence[Mapping[str, Any]], metadata: Mapping[str, Any]
) -> None:
    """Write the file whole.

    Args:
        cameras: with the keys of ``KEYS``; lists of numbers.
        metadata: further values, for example the error of the calibration.
    """
    tables = {f"cam_{i}": {key: camera[key] for key in KEYS} for i, camera in enumerate(cameras)}
    tables["metadata"] = dict(metadata)
    text = "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in table.items())
        for name, table in tables.items()
    )
    with write_whole(path) as part:
        part.write_text(text, encoding="utf-8")


def read_rig_file(path: str | Path) -> list[dict[str, Any]]:
    """The tables of the cameras, in the order of their numbers.

    Raises:
        InputError: the file cannot be read, or a camera lacks a value.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: is no TOML ({error}); give the file of a rig") from error
    tables = {name: table for name, table in content.items() if name != "metadata"}
    if not tables or not all(isinstance(table, dict) for table in tables.values()):
        raise InputError(f"{path}: names no camera; a table [cam_0] and so on is expected")
    for name, table in tables.items():
        if missing := [key for key in KEYS if key not in table]:
            raise InputError(f"{path}: [{name}] lacks `{missing[0]}`; calibrate again")
    return [tables[name] for name in sorted(tables, key=_number)]


def _number(name: str) -> tuple[int, str]:
    digits = name.rpartition("_")[2]
    return (int(digits) if digits.isdigit() else 1 << 30), name


def _value(value: Any) -> str:
    """As TOML; strings, whole and finite numbers, truth values and lists read as JSON does."""
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value)
