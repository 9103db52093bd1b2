"""What a YOLO-pose ``data.yaml`` says: its classes, their keypoints, and where the parts lie."""

import os
import reprlib
from dataclasses import dataclass
from pathlib import Path

import yaml

from surgtools.errors import InputError
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import SURGICAL, Taxonomy

_MOST_KEYPOINTS = 1000


@dataclass(frozen=True)
class Settings:
    """The settings of a data set.

    Attributes:
        file: the data.yaml.
        labels: class names in label order, each with its keypoint names.
        count: keypoints that every line has.
        values: numbers per keypoint: 2 (x, y) or 3 (x, y, v).
        content: the file's own content.
    """

    file: Path
    labels: dict[str, list[str]]
    count: int
    values: int
    content: dict

    def folders(self, part: str, allow_outside: bool) -> list[Path]:
        """The folders or lists of pictures of one part; empty when the file names none.

        Roboflow writes ``../train/images`` for the folder beside the file; like the trainer we
        look there when nothing is where the name leads.

        Raises:
            InputError: no text, or a place outside the data set that is not allowed.
        """
        entry = self.content.get(part)
        names = entry if isinstance(entry, list) else [] if entry is None else [entry]
        root = home = self.file.parent
        where = f"{self.file}: {part}"
        for name in (*names, self.content.get("path") or "."):
            if not isinstance(name, str):
                raise InputError(
                    f"{where}: {reprlib.repr(name)}; the name of a folder is expected"
                )
        given = self.content.get("path") or "."
        if os.path.exists(home / given):  # else the data set was moved away from there
            root = path_to_read(home, given, f"{self.file}: path", allow_outside, home)
        found = []
        for name in names:
            if name.startswith("../") and not os.path.exists(root / name):
                name = name.removeprefix("../")
            found.append(path_to_read(root, name, where, allow_outside, home))
        return found


def read_settings(file: Path, taxonomy: Taxonomy = SURGICAL) -> Settings:
    """Read and check a ``data.yaml``.

    Keypoint names come from ``kpt_names``, else from the taxonomy by class name where
    ``kpt_shape`` has room for them, else they are numbers.

    Raises:
        InputError: unreadable, no YAML, or settings that mean nothing.
    """
    content = _read_yaml(file)
    if not {"names", "kpt_shape"} & set(content):
        raise InputError(
            f"{file}: holds no settings of a YOLO data set, neither names nor kpt_shape; name its "
            "data.yaml, or the format that the file has with --from"
        )
    shape = content.get("kpt_shape")
    if shape is None:
        raise InputError(
            f"{file}: kpt_shape is missing, so its labels are boxes without keypoints; YOLO-pose "
            "says there [number of keypoints, 2 or 3]"
        )
    if not (
        isinstance(shape, list)
        and [type(value) for value in shape] == [int, int]
        and 0 < shape[0] <= _MOST_KEYPOINTS
        and shape[1] in (2, 3)
    ):
        raise InputError(
            f"{file}: kpt_shape {reprlib.repr(shape)}; [number of keypoints, 2 or 3] is expected"
        )
    names = _numbered(content.get("names"), f"{file}: names")
    given = _keypoint_names(content.get("kpt_names"), len(names), f"{file}: kpt_names")
    known = {
        own.name: list(own.keypoints)
        for own in taxonomy.categories
        if own.num_keypoints <= shape[0]
    }
    labels: dict[str, list[str]] = {}
    for label, name in enumerate(names):
        keypoints = given.get(label, known.get(name, [f"{n + 1}" for n in range(shape[0])]))
        if len(keypoints) > shape[0]:
            raise InputError(
                f"{file}: class {name} has keypoints {reprlib.repr(keypoints)}, kpt_shape allows "
                f"{shape[0]}"
            )
        labels[name] = keypoints
    return Settings(file, labels, shape[0], shape[1], content)


def _read_yaml(file: Path) -> dict:
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"{file}: cannot be read ({error.strerror}); name a data.yaml") from error
    except (yaml.YAMLError, ValueError, LookupError, TypeError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"{file}: is no YAML ({reason}); mend it") from error
    if not isinstance(content, dict):
        raise InputError(f"{file}: holds no settings; names, kpt_shape and train are expected")
    return content


def _numbered(names: object, where: str) -> list[str]:
    """Class names by number; the numbers may be written as text."""
    if not isinstance(names, list | dict) or not names:
        raise InputError(f"{where} {reprlib.repr(names)}; a list or table is expected")
    table = _by_number(dict(enumerate(names)) if isinstance(names, list) else names, where)
    if sorted(table) != list(range(len(table))):
        raise InputError(f"{where} must be numbered from 0 without gaps")
    ordered = [table[label] for label in sorted(table)]
    for name in ordered:
        if not isinstance(name, str | int | float) or not str(name):
            raise InputError(f"{where} has {reprlib.repr(name)}; the name of a class is expected")
    ordered = [str(name) for name in ordered]
    if len(set(ordered)) < len(ordered):
        raise InputError(f"{where} names a class twice; every class needs a name of its own")
    return ordered


def _keypoint_names(given: object, classes: int, where: str) -> dict[int, list[str]]:
    """Class number to its keypoint names; one list is that of every class."""
    if given is None:
        return {}
    if isinstance(given, list):
        given = dict.fromkeys(range(classes), given)
    if not isinstance(given, dict):
        raise InputError(f"{where} {reprlib.repr(given)}; a table of lists is expected")
    found = {}
    for label, names in _by_number(given, where).items():
        plain = isinstance(names, list) and all(isinstance(n, str | int) for n in names)
        if not plain or len({str(name) for name in names}) < len(names):
            raise InputError(
                f"{where} of class {label}: {reprlib.repr(names)}; a list of different names is "
                "expected"
            )
        found[label] = [str(name) for name in names]
    return found


def _by_number(table: dict, where: str) -> dict[int, object]:
    found: dict[int, object] = {}
    for key, value in table.items():
        number = int(key) if isinstance(key, str) and key.isdecimal() and len(key) < 9 else key
        if type(number) is not int or number in found:
            raise InputError(f"{where} has the key {reprlib.repr(key)}; each number once expected")
        found[number] = value
    return found
