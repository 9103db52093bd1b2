"""What tells an image of one file from an image of another: bytes, or name, size and video."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from surgtools.errors import InputError
from surgtools.safe_names import path_to_read


@dataclass
class ImageSource:
    """A file whose images are merged, and what their ids became.

    Attributes:
        name: of the file, for messages.
        image_root: folder that ``file_name`` is relative to, if there is one.
        first_origin: position of the file's first origin in ``merged_from``.
        image_ids, video_ids: old to new.
    """

    name: str
    image_root: Path | None
    first_origin: int = 0
    image_ids: dict[object, int] = field(default_factory=dict)
    video_ids: dict[object, object] = field(default_factory=dict)

    def origin(self, row: dict, old_id: object) -> list:
        """[position in ``merged_from``, id there]; a merged row keeps its first origin."""
        earlier = row.get("source")
        if isinstance(earlier, list) and len(earlier) == 2 and isinstance(earlier[0], int):
            return [self.first_origin + earlier[0], earlier[1]]
        return [self.first_origin, old_id]


@dataclass
class ImageEntry:
    """What tells an image from others of its name.

    Attributes:
        source: the file it stands in.
        size: width and height.
        name, layer_name, video: ``file_name``, ``layer`` and ``video_id`` in that file.
        allow_outside: pictures may lie outside their data set.
    """

    source: ImageSource
    size: tuple
    name: str
    layer_name: object
    video: int | str | None
    allow_outside: bool

    @cached_property
    def picture(self) -> Path | None:
        """Where the picture lies, if it is there."""
        return self._locate(self.source.image_root, self.name)

    @cached_property
    def layer(self) -> Path | None:
        """Where the layer lies, if it is there."""
        root = self.source.image_root
        return self._locate(root.parent / "layers" if root else None, self.layer_name)

    def _locate(self, folder: Path | None, name: object) -> Path | None:
        if folder is None or not name:
            return None
        try:
            path = path_to_read(folder, name, self.source.name, self.allow_outside)
        except InputError:  # names that lead out are no pictures of this data set
            return None
        return path if path.is_file() else None

    def is_apart(self, other: "ImageEntry") -> bool:
        """Whether the two are frames of different videos for sure.

        Names of videos hold everywhere, their numbers only within one file.
        """
        kinds = {type(self.video), type(other.video)}
        alike = kinds == {str} or kinds == {int} and self.source is other.source
        return alike and self.video != other.video

    def can_compare(self, other: "ImageEntry") -> bool:
        """Whether both pictures are there."""
        return self.picture is not None and other.picture is not None

    def shows_same(self, other: "ImageEntry") -> bool:
        """Whether the two are one picture: by its bytes, or by name, size and video."""
        if self.size != other.size:
            return False
        if self.can_compare(other):
            return _same_file(self.picture, other.picture)
        return not self.is_apart(other)


def _same_file(a: Path, b: Path) -> bool:
    if a == b or a.samefile(b):
        return True
    if a.stat().st_size != b.stat().st_size:
        return False
    return _digest(a) == _digest(b)


def _digest(path: Path) -> bytes:
    return hashlib.blake2b(path.read_bytes()).digest()
