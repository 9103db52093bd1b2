"""Number the images of merged files, and recognize the same picture in two of them.

Same name and size is the same picture, unless both files can be read and differ.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from surgtools.annotations.check.fields import require_writable, shorten
from surgtools.errors import InputError


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


class ImageTable:
    """Images of several files, numbered from 1.

    Args:
        rename: give different pictures of one name new names; otherwise refuse them.

    Attributes:
        images: the merged entries.
        same_pictures: how many entries joined an earlier one.
        renamed: ``file: old name`` to new name.
    """

    def __init__(self, rename: bool) -> None:
        self.rename = rename
        self.images: list[dict] = []
        self.same_pictures = 0
        self.renamed: dict[str, str] = {}
        self._roots: list[Path | None] = []
        self._old_names: list[str] = []
        self._old_layers: list[str | None] = []
        self._by_name: dict[str, list[int]] = {}
        self._videos: set = set()

    def add(self, image: object, source: ImageSource) -> None:
        """Take one entry; ``source.image_ids`` says afterwards what it became.

        Raises:
            InputError: a field is missing, the id occurs twice in the file, or another picture
                of that name is there and must not be renamed.
        """
        try:
            old_id, name, size = image["id"], image["file_name"], (image["width"], image["height"])
            known = old_id in source.image_ids
            if not isinstance(name, str) or not isinstance(
                image.get("video_id"), int | str | None
            ):
                raise TypeError
            earlier = self._find_same(name, size, source.image_root)
        except (KeyError, TypeError) as error:
            raise InputError(
                f"{source.name}: image {shorten(image)} needs id, file_name, width and height, "
                "and a video_id that is a number or text; `surgtools data check` names them"
            ) from error
        require_writable(image, f"{source.name}: image {shorten(old_id)} {name}")
        if known:
            raise InputError(
                f"{source.name}: image id {old_id} occurs twice, so its annotations cannot be "
                "told apart; mend the file"
            )
        if earlier is not None:
            self.same_pictures += 1
            target = self.images[earlier]
            source.image_ids[old_id] = target["id"]
            if "video_id" in image and "video_id" in target:
                source.video_ids.setdefault(image["video_id"], target["video_id"])
            return
        new_name = self._free_name(name, source)
        new_id = len(self.images) + 1
        source.image_ids[old_id] = new_id
        merged = {**image, "id": new_id, "file_name": new_name}
        merged["source"] = source.origin(image, old_id)
        if image.get("layer") and new_name != name:
            merged["layer"] = Path(new_name).stem + Path(image["layer"]).suffix
        if "video_id" in image:
            merged["video_id"] = self._video_id(source, image["video_id"])
        self._by_name.setdefault(name, []).append(len(self.images))
        self.images.append(merged)
        self._roots.append(source.image_root)
        self._old_names.append(name)
        self._old_layers.append(image.get("layer"))

    def pictures(self) -> Iterator[tuple[dict, Path]]:
        """Each entry whose picture is there, with where it lies."""
        for image, root, name in zip(self.images, self._roots, self._old_names, strict=True):
            path = _picture(root, name)
            if path is not None:
                yield image, path

    def layers(self) -> Iterator[tuple[dict, Path]]:
        """Each entry whose layer is there, beside the pictures' folder, with where it lies."""
        for image, root, name in zip(self.images, self._roots, self._old_layers, strict=True):
            path = _picture(root.parent / "layers" if root else None, name) if name else None
            if path is not None:
                yield image, path

    def _find_same(self, name: str, size: tuple, root: Path | None) -> int | None:
        """Position of the image that is this picture."""
        for row in self._by_name.get(name, ()):
            image = self.images[row]
            if (image["width"], image["height"]) != size:
                continue
            one, other = _picture(root, name), _picture(self._roots[row], name)
            if one is None or other is None or _same_file(one, other):
                return row
        return None

    def _free_name(self, name: str, source: ImageSource) -> str:
        if name not in self._by_name:
            return name
        if not self.rename:
            raise InputError(
                f"{source.name}: {name} is another picture than the one of that name in an "
                "earlier file; let `--pictures link` give it a new name"
            )
        path, number = Path(name), len(self._by_name[name]) + 1
        while (new := str(path.with_name(f"{path.stem}_{number}{path.suffix}"))) in self._by_name:
            number += 1
        self._by_name.setdefault(new, [])
        self.renamed[f"{source.name}: {name}"] = new
        return new

    def _video_id(self, source: ImageSource, old: object) -> object:
        """Numbers of different files are different videos; equal names are the same one."""
        if old not in source.video_ids:
            new = old
            if isinstance(old, int) and old in self._videos:
                new = 1 + max(v for v in self._videos if isinstance(v, int))
            source.video_ids[old] = new
            self._videos.add(new)
        return source.video_ids[old]


def _picture(root: Path | None, name: str) -> Path | None:
    path = root / name if root is not None else None
    return path if path is not None and path.is_file() else None


def _same_file(a: Path, b: Path) -> bool:
    if a == b or a.samefile(b):
        return True
    if a.stat().st_size != b.stat().st_size:
        return False
    return _digest(a) == _digest(b)


def _digest(path: Path) -> bytes:
    return hashlib.blake2b(path.read_bytes()).digest()
