"""Find what is wrong with the pictures: missing, broken, of another size, twice, in two splits.

Shapes: M sound image entries of one file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from surgtools.annotations.check.problems import Problem
from surgtools.annotations.check.row_arrays import Images
from surgtools.annotations.pictures import Fingerprint, fingerprints, near_pairs
from surgtools.errors import InputError
from surgtools.safe_names import path_to_read


@dataclass
class Gallery:
    """The pictures of one annotation file that could be read.

    Attributes:
        file: the annotation file.
        ids, names: of the image entries.
        paths: where the pictures lie.
        prints: their fingerprints.
    """

    file: str
    ids: list[int | str]
    names: list[str]
    paths: list[Path]
    prints: list[Fingerprint]


def read_gallery(
    images: Images, root: Path, file: str, allow_outside: bool = False
) -> tuple[Gallery, list[Problem]]:
    """Read all pictures of a file; those that fail become problems."""
    gallery, problems = Gallery(file, [], [], [], []), []
    paths = [_path_or_error(root, name, file, allow_outside) for name in images.names]
    there = [isinstance(path, Path) and path.is_file() for path in paths]
    found = fingerprints([path for path, exists in zip(paths, there, strict=True) if exists])
    for row, (path, exists) in enumerate(zip(paths, there, strict=True)):
        image_id, name = images.codes.decode(images.ids[row]), images.names[row]
        place = {"image_id": image_id, "file_name": name, "row": int(images.rows[row])}
        if isinstance(path, InputError):
            text = str(path).removeprefix(f"{file}: ")
            problems.append(Problem("picture-outside", file, text, **place))
            continue
        if not exists:
            text = f"no picture at {path}; name its folder with --images"
            problems.append(Problem("picture-missing", file, text, **place))
            continue
        picture = next(found)
        if isinstance(picture, InputError):
            problems.append(Problem("picture-broken", file, str(picture), **place))
            continue
        size, wanted = (picture.width, picture.height), tuple(map(int, images.sizes[row]))
        if size != wanted:
            text = f"the picture has {size[0]} x {size[1]} pixels, its entry says {wanted}"
            if size == wanted[::-1]:
                text += "; perhaps labelled before its EXIF orientation was applied"
            problems.append(Problem("picture-size", file, text, **place))
        gallery.ids.append(image_id)
        gallery.names.append(name)
        gallery.paths.append(path)
        gallery.prints.append(picture)
    return gallery, problems


def duplicates_within(gallery: Gallery) -> Iterator[Problem]:
    """Entries whose picture has the same pixels as an earlier entry's."""
    first: dict[bytes, int] = {}
    for row, picture in enumerate(gallery.prints):
        earlier = first.setdefault(picture.digest, row)
        if earlier != row:
            text = (
                f"shows the same pixels as image {gallery.ids[earlier]} {gallery.names[earlier]}"
            )
            yield Problem("picture-duplicate", gallery.file, text, *_place(gallery, row))


def leaks_between(galleries: list[Gallery]) -> Iterator[Problem]:
    """Pictures of one file that stand, exactly or nearly, in another one as well."""
    for one, other in combinations(galleries, 2):
        digests = {picture.digest: row for row, picture in enumerate(one.prints)}
        rest = []
        for row, picture in enumerate(other.prints):
            if picture.digest in digests:
                text = f"the same picture is {_name(one, digests[picture.digest])}"
                yield Problem("picture-leak", other.file, text, *_place(other, row))
            else:
                rest.append(row)
        near = near_pairs(
            np.array([other.prints[row].thumbnail for row in rest]).reshape(-1, 16, 16),
            np.array([picture.thumbnail for picture in one.prints]).reshape(-1, 16, 16),
        )
        for i, j in near.tolist():
            text = (
                f"nearly the same picture is {_name(one, j)}; split by video instead of by frame"
            )
            yield Problem("picture-near-duplicate", other.file, text, *_place(other, rest[i]))


def _path_or_error(root: Path, name: str, file: str, allow_outside: bool) -> Path | InputError:
    try:
        return path_to_read(root, name, file, allow_outside)
    except InputError as error:
        return error


def _name(gallery: Gallery, row: int) -> str:
    return f"image {gallery.ids[row]} {gallery.names[row]} of {gallery.file}"


def _place(gallery: Gallery, row: int) -> tuple:
    """``image_id, annotation_id, file_name`` as ``Problem`` takes them."""
    return gallery.ids[row], None, gallery.names[row]
