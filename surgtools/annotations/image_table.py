"""Number the images of merged files, and recognize the same picture in two of them.

Same name and size is the same picture, unless both files can be read and differ, or the entries
name different videos.
"""

from collections.abc import Iterator
from pathlib import Path

from surgtools.annotations.check.writable import require_writable, shorten
from surgtools.annotations.image_entries import ImageEntry, ImageSource
from surgtools.errors import InputError
from surgtools.safe_names import name_below, nearest_below


class ImageTable:
    """Images of several files, numbered from 1.

    Args:
        rename: give different pictures of one name new names; otherwise refuse them.
        allow_outside: pictures may lie outside their data set.

    Attributes:
        images: the merged entries.
        same_pictures: how many entries joined an earlier one.
        unseen_pictures: how many of them by name and size alone.
        renamed: ``file: old name`` to new name.
    """

    def __init__(self, rename: bool, allow_outside: bool = False) -> None:
        self.rename = rename
        self.images: list[dict] = []
        self.same_pictures = self.unseen_pictures = 0
        self.renamed: dict[str, str] = {}
        self._allow_outside = allow_outside
        self._entries: list[ImageEntry] = []
        self._by_name: dict[str, list[int]] = {}
        self._videos: set = set()

    def add(self, image: object, source: ImageSource) -> None:
        """Take one entry; ``source.image_ids`` says afterwards what it became.

        Raises:
            InputError: a field is missing, the id occurs twice in the file, a name leads out of
                the data set, or another picture of that name is there and must not be renamed.
        """
        try:
            old_id, name = image["id"], image["file_name"]
            known = old_id in source.image_ids
            if not isinstance(name, str) or not isinstance(
                image.get("video_id"), int | str | None
            ):
                raise TypeError
            size, layer = (image["width"], image["height"]), image.get("layer")
        except (KeyError, TypeError) as error:
            raise InputError(
                f"{source.name}: image {shorten(image)} needs id, file_name, width and height, "
                "and a video_id that is a number or text; `surgtools data check` names them"
            ) from error
        where = f"{source.name}: image {shorten(old_id)}"
        require_writable(image, f"{where} {name}")
        if known:
            raise InputError(
                f"{source.name}: image id {old_id} occurs twice, so its annotations cannot be "
                "told apart; mend the file"
            )
        entry = ImageEntry(source, size, name, layer, image.get("video_id"), self._allow_outside)
        own_name, own_layer = (self._below(each, source, where) for each in (name, layer))
        new_name, earlier = self._place(own_name, entry)
        if earlier is not None:
            self.same_pictures += 1
            self.unseen_pictures += not entry.can_compare(self._entries[earlier])
            target = self.images[earlier]
            source.image_ids[old_id] = target["id"]
            if "video_id" in image and "video_id" in target:
                source.video_ids.setdefault(image["video_id"], target["video_id"])
            return
        new_id = len(self.images) + 1
        source.image_ids[old_id] = new_id
        merged = {**image, "id": new_id, "file_name": new_name}
        merged["source"] = source.origin(image, old_id)
        if isinstance(layer, str) and layer:
            renamed = str(Path(new_name).with_suffix(Path(layer).suffix))
            merged["layer"] = own_layer if new_name == own_name else renamed
        if "video_id" in image:
            merged["video_id"] = self._video_id(source, image["video_id"])
        self._by_name.setdefault(own_name, []).append(len(self.images))
        if new_name != own_name:
            self._by_name.setdefault(new_name, []).append(len(self.images))
        self.images.append(merged)
        self._entries.append(entry)

    def pictures(self) -> Iterator[tuple[dict, Path]]:
        """Each entry whose picture is there, with where it lies."""
        for image, entry in zip(self.images, self._entries, strict=True):
            if entry.picture is not None:
                yield image, entry.picture

    def layers(self) -> Iterator[tuple[dict, Path]]:
        """Each entry whose layer is there, beside the pictures' folder, with where it lies."""
        for image, entry in zip(self.images, self._entries, strict=True):
            if entry.layer is not None:
                yield image, entry.layer

    def _below(self, name: object, source: ImageSource, where: str) -> object:
        """The name as it may stand under the folder that pictures are put together in.

        A merge that leaves them where they are keeps their names.
        """
        if not self.rename or source.image_root is None or not isinstance(name, str) or not name:
            return name
        return nearest_below(name) if self._allow_outside else name_below(name, where)

    def _place(self, name: str, entry: "ImageEntry") -> tuple[str, int | None]:
        """The name of a new entry, or the position of the image that shows the same picture.

        Frames of videos with other names may share theirs, as ``frame_000001.png`` does. They
        come into a folder of their video.

        Raises:
            InputError: another picture has that name and must not be renamed.
        """
        earlier = self._find_same(name, entry)
        if earlier is not None or name not in self._by_name:
            return name, earlier
        rows = self._by_name[name]
        if entry.picture is None and any(self._entries[row].is_apart(entry) for row in rows):
            video = nearest_below(str(entry.video)).replace("/", "_") or "video"
            new = f"{video}/{name}" if isinstance(entry.video, str) else name
            earlier = self._find_same(new, entry)
            if earlier is not None:
                return new, earlier
        elif not self.rename:
            raise InputError(
                f"{entry.source.name}: {name} is another picture than the one of that name in an "
                "earlier file; let `--pictures link` give it a new name"
            )
        else:
            new = name
        path, number = Path(new), len(rows) + 1
        while new in self._by_name:
            new = str(path.with_name(f"{path.stem}_{number}{path.suffix}"))
            number += 1
        self.renamed[f"{entry.source.name}: {name}"] = new
        return new, None

    def _find_same(self, name: str, entry: "ImageEntry") -> int | None:
        for row in self._by_name.get(name, ()):
            if self._entries[row].shows_same(entry):
                return row
        return None

    def _video_id(self, source: ImageSource, old: object) -> object:
        """Numbers of different files are different videos; equal names are the same one."""
        if old not in source.video_ids:
            new = old
            if isinstance(old, int) and old in self._videos:
                new = 1 + max(v for v in self._videos if isinstance(v, int))
            source.video_ids[old] = new
            self._videos.add(new)
        return source.video_ids[old]
