"""Settle what the pictures of a data set are called, before anything is written under their names.

The names come from another tool, hence from a stranger. Each is looked up in the data set's
folder; each that could not be written below an output folder gets a name that can.
"""

import os
from pathlib import Path

from surgtools.annotations.check.writable import require_writable
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.annotations.stream import TABLES
from surgtools.errors import InputError
from surgtools.safe_names import name_below, nearest_below

TELLING = frozenset(("width", "height", "video_id", "frame_id"))
"""Fields that are the same where two entries are one picture."""


def settle_names(parts: list[DatasetPart], source: Path, options: Options, losses: Losses) -> None:
    """Look at every name and every number that a foreign file brought along.

    Afterwards each ``file_name`` is relative, stays in its folder and names one picture;
    ``DatasetPart.moved`` says where a picture lies that was called otherwise.

    Raises:
        InputError: a name leads out of the data set and ``--allow-outside`` was not given, a name
            cannot be that of a file, two pictures have one, or a number is not finite.
    """
    for part in parts:
        _require_plain(part.name, f"{source}: part {part.name!r}")
        rest = {key: value for key, value in part.content.items() if key not in TABLES}
        require_writable(rest, str(source))
        for category in part.content["categories"]:
            for text in (category["name"], *category.get("keypoints", ())):
                _require_text(text, f"{source}: category {category['name']!r}")
            require_writable(category, f"{source}: category {category['name']!r}")
        for annotation in part.content["annotations"]:
            require_writable(annotation, f"{source}: annotation {annotation['id']}")
        _settle_images(part, source, options, losses)


def _settle_images(part: DatasetPart, source: Path, options: Options, losses: Losses) -> None:
    taken: dict[str, str] = {}
    shown: dict[str, dict] = {}
    for image in part.content["images"]:
        name, where = image["file_name"], f"{source}: image {image['id']}"
        require_writable(image, where)
        path = part.path_of(name, where, options.allow_outside)
        settled = _settled(name, path, part.image_root, where)
        if settled != name:
            losses.add("file names, changed so that they stay in their folder")
            part.moved[settled] = path
            image["file_name"] = settled
        if settled in taken and taken[settled] != name:
            raise InputError(
                f"{where}: {name!r} and {taken[settled]!r} would both be called {settled!r}; "
                "rename one"
            )
        taken[settled] = name
        earlier = shown.setdefault(settled, image)
        both = earlier.keys() & image.keys() & TELLING
        if any(earlier[key] != image[key] for key in both):
            raise InputError(
                f"{where}: is another picture than image {earlier['id']}, which is called "
                f"{settled!r}, too; rename one"
            )


def _settled(name: str, path: Path, root: Path, where: str) -> str:
    """The name below the folder; if the file is there under another spelling, that one."""
    if os.path.isabs(name):
        name = os.path.relpath(path, root)
    elif Path(root, name) != path:
        name = path.relative_to(root).as_posix()
    try:
        return name_below(name, where)
    except InputError:
        return name_below(nearest_below(name), where)


def _require_plain(name: str, where: str) -> None:
    """Parts become folders."""
    if name_below(name, where) != name or "/" in name:
        raise InputError(
            f"{where} cannot be the name of a folder; rename it, for example to train"
        )


def _require_text(text: str, where: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{where}: {text!r} is no text that can be written; rename it") from error
