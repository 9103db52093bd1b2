"""Presets: YAML files of random ranges, and the few draws that read them.

``base.yaml`` holds every key with its default; a preset states only what differs, and may name
another preset to start from (``inherit``). A list of two numbers is a range, a mapping whose key
ends in ``weights`` is a weighted choice, everything else is a plain value.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import yaml

from surgtools.configs import PRESET_DIR
from surgtools.errors import InputError

_LARGEST = 1e300
"""Numbers from here on overflow when they are multiplied."""

_LOGARITHMIC = frozenset({"f_number", "lamp_size", "noise"})
"""Ranges that ``log_uniform`` draws from."""

_LEAST = {"samples": 1, "fps": 1}
"""Smallest values of single numbers; 0 of all others."""


def preset_names() -> list[str]:
    """The presets that come with the generator."""
    return sorted(p.stem for p in PRESET_DIR.glob("*.yaml") if p.stem != "base")


def load_preset(name: str | Path, overrides: Mapping[str, Any] | None = None) -> dict:
    """Read a preset by name or path, laid over the presets it inherits from.

    Args:
        name: one of ``preset_names()`` or the path of a YAML file.
        overrides: values laid over the file, nested as the file is.

    Returns:
        Nested dict with every key of ``base.yaml``.

    Raises:
        InputError: no such preset, no YAML, an unknown key, a range with min > max, one of
            ``_LOGARITHMIC`` that is not above 0, a number or share that means nothing, or a
            choice without a positive weight; the message names file and key.
    """
    return _load(name, overrides, ())


def _load(name: str | Path, overrides: Mapping[str, Any] | None, heirs: tuple[str, ...]) -> dict:
    """``load_preset`` for ``heirs``, the presets that inherit from this one."""
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = PRESET_DIR / f"{name}.yaml"
        if not os.path.isfile(path) or path.stem == "base":
            known = ", ".join(preset_names())
            where = f"{heirs[-1]}: inherits " if heirs else ""
            raise InputError(
                f"{where}preset {name!r} is unknown; give one of {known}, or a .yaml file"
            )
    base = _read_yaml(PRESET_DIR / "base.yaml")
    content = _read_yaml(path)
    parent = content.pop("inherit", None)
    if not isinstance(parent, str | None) or str(path) in heirs:
        raise InputError(f"{path}: inherit {parent!r}; another preset is expected")
    preset = _load(parent, None, (*heirs, str(path))) if parent else base
    preset = _overlay(preset, content, str(path), "")
    if overrides:
        preset = _overlay(preset, overrides, "command line", "")
    _check_ranges(preset, str(path), "")
    return preset


def to_namespace(content: Any) -> Any:
    """Nested dicts as attributes, weights left as dicts, so that code reads ``p.camera.tilt``."""
    if not isinstance(content, dict):
        return content
    return SimpleNamespace(
        **{
            key: value if key.endswith("weights") else to_namespace(value)
            for key, value in content.items()
        }
    )


def uniform(rng: np.random.Generator, bounds: list[float]) -> float:
    """A number between the two bounds."""
    return float(rng.uniform(bounds[0], bounds[1]))


def log_uniform(rng: np.random.Generator, bounds: list[float]) -> float:
    """A positive number, every octave of the range as likely as the next."""
    return float(np.exp(rng.uniform(np.log(bounds[0]), np.log(bounds[1]))))


def integer(rng: np.random.Generator, bounds: list[int]) -> int:
    """A whole number, both bounds included."""
    return int(rng.integers(bounds[0], bounds[1] + 1))


def happens(rng: np.random.Generator, share: float) -> bool:
    """True in ``share`` of the draws."""
    return bool(rng.random() < share)


def choose(rng: np.random.Generator, weights: Mapping[Any, float]) -> Any:
    """A key, drawn by its weight."""
    keys = list(weights)
    p = np.array([weights[key] for key in keys], dtype=float)
    return keys[int(rng.choice(len(keys), p=p / p.sum()))]


def _read_yaml(path: Path) -> dict:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such preset file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read ({error}); give a text file") from error
    except (yaml.YAMLError, ValueError, LookupError, TypeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1} " if mark else ""
        raise InputError(f"{path}: {where}is not YAML; mend the file") from error
    if not isinstance(content or {}, dict):
        raise InputError(f"{path}: holds a {type(content).__name__}, expected keys and ranges")
    return content or {}


def _overlay(below: dict, above: Mapping, file: str, where: str) -> dict:
    merged = dict(below)
    for key, value in above.items():
        name = f"{where}{key}"
        if key not in below:
            raise InputError(f"{file}: key `{name}` is unknown; expected {', '.join(below)}")
        if isinstance(below[key], dict) and not key.endswith("weights"):
            if not isinstance(value, Mapping):
                raise InputError(f"{file}: `{name}` is {value!r}, expected keys below it")
            merged[key] = _overlay(below[key], value, file, f"{name}.")
        else:
            _check_kind(below[key], value, file, name)
            merged[key] = value
    return merged


def _check_kind(default: Any, value: Any, file: str, name: str) -> None:
    kinds = {list: list, dict: dict, bool: bool, int: (int, float), float: (int, float), str: str}
    expected = kinds.get(type(default), object)
    wrong_number = isinstance(value, bool) and not isinstance(default, bool)
    if not isinstance(value, expected) or wrong_number:
        raise InputError(f"{file}: `{name}` is {value!r}, expected a value like {default!r}")
    if isinstance(default, list) and len(value) != len(default):
        raise InputError(f"{file}: `{name}` is {value!r}, expected {len(default)} numbers")


def _check_ranges(content: Mapping, file: str, where: str) -> None:
    for key, value in content.items():
        name = f"{where}{key}"
        if key.endswith("weights"):
            numbers = list(value.values())
            sound = all(isinstance(n, int | float) and 0 <= n < _LARGEST for n in numbers)
            if not sound or not sum(numbers):
                raise InputError(f"{file}: `{name}` needs weights >= 0, one of them above 0")
            wrong = [n for n in value if not isinstance(n, int) or n < 0]
            if key == "count_weights" and wrong:
                raise InputError(
                    f"{file}: `{name}` weighs {wrong[0]!r}; whole numbers from 0 are expected"
                )
        elif isinstance(value, Mapping):
            _check_ranges(value, file, f"{name}.")
        elif isinstance(value, list):
            if not all(isinstance(n, int | float) and abs(n) < _LARGEST for n in value):
                raise InputError(f"{file}: `{name}` is {value!r}, expected finite numbers")
            if key != "resolution" and value[0] > value[1]:
                raise InputError(
                    f"{file}: `{name}` has min {value[0]} > max {value[1]}; swap them"
                )
            if key in _LOGARITHMIC and value[0] <= 0:
                raise InputError(
                    f"{file}: `{name}` is {value!r}; its logarithm is drawn, so numbers above 0 "
                    "are expected"
                )
        elif isinstance(value, int | float):
            low, high = (0, 1) if key.endswith("share") else (_LEAST.get(key, 0), _LARGEST)
            if not low <= value <= high:
                expected = "a share from 0 to 1" if high == 1 else f"a finite number from {low} on"
                raise InputError(f"{file}: `{name}` is {value!r}; {expected} is expected")
