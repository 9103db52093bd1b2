"""Merge any number of COCO keypoint files into one.

Categories are matched by name and keypoints by name; images, annotations and videos get new ids.
A picture that stands in several files becomes one image with the annotations of all of them; of
annotations with equal category, keypoints and box the first is kept. ``info.merged_from`` lists
the files the rows stem from, ``source`` of each row is [position in that list, id there]; merging
merged files keeps the first origin.

Shapes: k keypoints of one category.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surgtools.annotations.check.categories import plan_categories
from surgtools.annotations.pictures import find_image_root, place_picture
from surgtools.annotations.stream import CocoStream, Row, read_categories
from surgtools.annotations.writer import open_coco
from surgtools.errors import InputError
from surgtools.metainfo import INSTRUMENTS

_ID = re.compile(r'"((?:image_|category_)?id)"\s*:\s*-?\d+(?=[\s,}])')


@dataclass
class MergeSummary:
    """What a merge did.

    Attributes:
        images, annotations: rows in the merged file.
        same_pictures: image entries that joined an earlier one.
        same_annotations: annotations left out because an equal one was there.
        dropped_images: pictures without annotations that were dropped.
        renamed: new file names of different pictures that shared one.
    """

    images: int = 0
    annotations: int = 0
    same_pictures: int = 0
    same_annotations: int = 0
    dropped_images: int = 0
    renamed: dict[str, str] = field(default_factory=dict)


@dataclass
class _Source:
    """One file to merge: where its rows come from and what its ids become."""

    name: str
    rows: Iterable[Row]
    categories: list
    image_root: Path | None
    first_origin: int = 0
    image_ids: dict[object, int] = field(default_factory=dict)
    video_ids: dict[object, object] = field(default_factory=dict)


def merge_files(
    paths: Sequence[str | Path],
    out: str | Path,
    drop_empty: bool = False,
    pictures: str = "keep",
) -> MergeSummary:
    """Merge files on disk, row by row.

    Args:
        paths: COCO keypoint files, at least one.
        out: the merged file.
        drop_empty: leave pictures without annotations out.
        pictures: ``keep`` leaves them where they are, ``link`` or ``copy`` puts them into
            ``images/`` beside ``out``.

    Raises:
        InputError: a file cannot be read, a row cannot be carried over, or different pictures
            share a name and ``pictures`` is ``keep``.
    """
    if not paths:
        raise InputError("no file to merge; name at least one")
    sources = [
        _Source(str(p), CocoStream(p), read_categories(p), find_image_root(p)) for p in paths
    ]
    merger = _Merger(sources, drop_empty, keep_names=pictures == "keep")
    with open_coco(out) as writer:
        merger.prepare(categories := merger.categories())
        writer.value("categories", categories)
        writer.table("annotations", merger.annotations())
        writer.table("images", merger.images())
        writer.value("info", merger.info())
        if pictures != "keep":
            for picture, name in merger.pictures():
                place_picture(picture, Path(out).parent / "images" / name, pictures)
    return merger.summary


def merge_contents(
    contents: Sequence[dict], names: Sequence[str] | None = None, drop_empty: bool = False
) -> dict:
    """Merge contents in memory; see ``merge_files``.

    Args:
        contents: with ``images``, ``annotations``, ``categories``; none of them is changed.
        names: stand in ``info.merged_from``; by default numbers from 0.
    """
    names = names or [str(n) for n in range(len(contents))]
    sources = [
        _Source(name, _ContentRows(content), content["categories"], None)
        for name, content in zip(names, contents, strict=True)
    ]
    merger = _Merger(sources, drop_empty, keep_names=False)
    merger.prepare(categories := merger.categories())
    annotations = list(merger.annotations())
    images = list(merger.images())
    return {
        "info": merger.info(),
        "categories": categories,
        "images": images,
        "annotations": annotations,
    }


class _ContentRows:
    """Content in memory, read as ``CocoStream`` reads a file."""

    def __init__(self, content: dict) -> None:
        self.rest = {k: v for k, v in content.items() if k not in ("images", "annotations")}
        self.content = content

    def __iter__(self) -> Iterator[Row]:
        for table in ("images", "annotations"):
            for value in self.content[table]:
                yield Row(table, value, "")


class _Merger:
    """One merge: ask for categories, annotations, images and info, in this order."""

    def __init__(self, sources: list[_Source], drop_empty: bool, keep_names: bool) -> None:
        self.sources, self.drop_empty, self.keep_names = sources, drop_empty, keep_names
        self.summary = MergeSummary()
        self.origins: list = []
        self._images: list[dict] = []
        self._roots: list[Path | None] = []
        self._old_names: list[str] = []
        self._by_name: dict[str, list[int]] = {}
        self._used: set[int] = set()
        self._videos: set = set()
        self._seen: set[int] = set()
        self._category_ids: dict[str, int] = {}
        self._orders: list[dict[object, tuple[int, tuple[int, ...] | None, int]]] = []

    def categories(self) -> list[dict]:
        """The merged category table: metainfo's, then unknown ones in order of appearance."""
        merged = {i.name: i.to_category() for i in INSTRUMENTS}
        for source in self.sources:
            for category in source.categories:
                plans, problems = plan_categories([category], source.name)
                if not plans:
                    raise InputError(f"{source.name}: {problems[0].message}")
                plan = next(iter(plans.values()))
                if plan.instrument is not None:
                    continue
                if plan.name in merged and plan.name in {i.name for i in INSTRUMENTS}:
                    raise InputError(f"{source.name}: {problems[0].message}; rename the category")
                known = merged.setdefault(plan.name, {**category, "id": len(merged) + 1})
                if sorted(known.get("keypoints", [])) != sorted(category.get("keypoints", [])):
                    raise InputError(
                        f"{source.name}: category {plan.name} has keypoints "
                        f"{category.get('keypoints')}, an earlier file {known.get('keypoints')}; "
                        "rename one of the categories"
                    )
        return list(merged.values())

    def prepare(self, categories: list[dict]) -> None:
        """Work out, per file, what each category id and keypoint order becomes."""
        merged = {category["name"]: category for category in categories}
        for source in self.sources:
            table = {}
            for category in source.categories:
                target = merged[category["name"]]
                own, wanted = category.get("keypoints", []), target.get("keypoints", [])
                order = tuple(own.index(name) for name in wanted)
                same = order == tuple(range(len(order)))
                table[category["id"]] = (target["id"], None if same else order, len(own))
            self._orders.append(table)

    def annotations(self) -> Iterator[dict | str]:
        """All annotations with new ids, as text where the row had one; reads the images, too."""
        for number, source in enumerate(self.sources):
            source.first_origin = len(self.origins)
            waiting = []
            for table, value, text in source.rows:
                if table == "images":
                    self._add_image(source, value)
                elif table == "annotations":
                    if not source.image_ids:
                        waiting.append((value, text))  # annotations stand before the images
                    elif (merged := self._annotation(number, source, value, text)) is not None:
                        yield merged
            for value, text in waiting:
                if (merged := self._annotation(number, source, value, text)) is not None:
                    yield merged
            if isinstance(source.rows, CocoStream):
                source.rows.require_tables()
            inherited = source.rows.rest.get("info")
            inherited = inherited.get("merged_from") if isinstance(inherited, dict) else None
            self.origins += inherited if isinstance(inherited, list) else [source.name]

    def images(self) -> Iterator[dict]:
        """The images; complete only after all annotations were read."""
        for image in self._images:
            if self.drop_empty and image["id"] not in self._used:
                self.summary.dropped_images += 1
            else:
                self.summary.images += 1
                yield image

    def pictures(self) -> Iterator[tuple[Path, str]]:
        """Where each kept picture lies, if it is there, and its new name."""
        for image, root, name in zip(self._images, self._roots, self._old_names, strict=True):
            if not self.drop_empty or image["id"] in self._used:
                path = _picture(root, name)
                if path is not None:
                    yield path, image["file_name"]

    def info(self) -> dict:
        return {"merged_from": self.origins}

    def _add_image(self, source: _Source, image: object) -> None:
        try:
            old_id, name, size = image["id"], image["file_name"], (image["width"], image["height"])
            known = old_id in source.image_ids
        except (KeyError, TypeError) as error:
            raise InputError(
                f"{source.name}: image {image!r} needs id, file_name, width and height; "
                "`surgtools data check` names all such entries"
            ) from error
        if known:
            raise InputError(
                f"{source.name}: image id {old_id} occurs twice, so its annotations cannot be "
                "told apart; mend the file"
            )
        earlier = self._find_same(name, size, source.image_root)
        if earlier is not None:
            self.summary.same_pictures += 1
            target = self._images[earlier]
            source.image_ids[old_id] = target["id"]
            if "video_id" in image and "video_id" in target:
                source.video_ids.setdefault(image["video_id"], target["video_id"])
            return
        new_name = self._free_name(name, source)
        new_id = len(self._images) + 1
        source.image_ids[old_id] = new_id
        merged = {**image, "id": new_id, "file_name": new_name}
        merged["source"] = _origin(source, image, old_id)
        if "video_id" in image:
            merged["video_id"] = self._video_id(source, image["video_id"])
        self._by_name.setdefault(name, []).append(len(self._images))
        self._images.append(merged)
        self._roots.append(source.image_root)
        self._old_names.append(name)

    def _find_same(self, name: str, size: tuple, root: Path | None) -> int | None:
        """Position of the image that is this picture: same name and size, and same content."""
        for row in self._by_name.get(name, ()):
            image = self._images[row]
            if (image["width"], image["height"]) != size:
                continue
            one, other = _picture(root, name), _picture(self._roots[row], name)
            if one is None or other is None or _same_file(one, other):
                return row
        return None

    def _free_name(self, name: str, source: _Source) -> str:
        if name not in self._by_name:
            return name
        if self.keep_names:
            raise InputError(
                f"{source.name}: {name} is another picture than the one of that name in an "
                "earlier file; let `--pictures link` give it a new name"
            )
        path, number = Path(name), len(self._by_name[name]) + 1
        while (new := str(path.with_name(f"{path.stem}_{number}{path.suffix}"))) in self._by_name:
            number += 1
        self._by_name.setdefault(new, [])
        self.summary.renamed[f"{source.name}: {name}"] = new
        return new

    def _video_id(self, source: _Source, old: object) -> object:
        """Numbers of different files are different videos; equal names are the same one."""
        if old not in source.video_ids:
            new = old
            if isinstance(old, int) and old in self._videos:
                new = 1 + max(v for v in self._videos if isinstance(v, int))
            source.video_ids[old] = new
            self._videos.add(new)
        return source.video_ids[old]

    def _annotation(
        self, number: int, source: _Source, annotation: object, text: str
    ) -> dict | str | None:
        """The row with new ids; None when an equal one was there."""
        try:
            image_id = source.image_ids[annotation["image_id"]]
            category_id, order, count = self._orders[number][annotation["category_id"]]
            keypoints, old_id = annotation["keypoints"], annotation["id"]
            if len(keypoints) != 3 * count:
                raise ValueError
        except (KeyError, TypeError, ValueError) as error:
            known = annotation.get("id") if isinstance(annotation, dict) else annotation
            raise InputError(
                f"{source.name}: annotation {known!r} is broken (id, image, category or number of "
                "keypoints); `surgtools data check` says what is wrong"
            ) from error
        if order is not None:
            keypoints = [v for own in order for v in keypoints[3 * own : 3 * own + 3]]
        content = hash((image_id, category_id, *keypoints, *(annotation.get("bbox") or ())))
        if content in self._seen:
            self.summary.same_annotations += 1
            return None
        self._seen.add(content)
        self.summary.annotations += 1
        self._used.add(image_id)
        new = {
            "id": self.summary.annotations,
            "image_id": image_id,
            "category_id": category_id,
            "source": _origin(source, annotation, old_id),
        }
        if "NaN" in text or "Infinity" in text:
            _refuse_nan(source.name, annotation)
        if text and order is None and "source" not in annotation:
            spliced = _splice(text, new)
            if spliced is not None:
                return spliced
        return {**annotation, **new, "keypoints": keypoints}


def _refuse_nan(file: str, annotation: dict) -> None:
    """Such words may stand in a text; as numbers no JSON reader has to accept them."""
    try:
        json.dumps(annotation, allow_nan=False)
    except ValueError as error:
        raise InputError(
            f"{file}: annotation {annotation['id']} has a number that is not finite; "
            "`surgtools data check` names it"
        ) from error


def _splice(text: str, new: dict) -> str | None:
    """Put new ids into a row's own text: much quicker than writing its numbers again.

    Returns:
        None when the row holds such keys elsewhere, too, so that it must be written anew.
    """
    pieces = _ID.split(text)
    if len(pieces) != 7:
        return None
    head, *pairs = pieces
    for key, between in zip(pairs[::2], pairs[1::2], strict=True):
        head += f'"{key}": {new[key]}{between}'
    return f'{head[:-1]}, "source": {json.dumps(new["source"])}}}'


def _origin(source: _Source, row: dict, old_id: object) -> list:
    """[position in ``merged_from``, id there]; the origin of a merged row stays the first one."""
    earlier = row.get("source")
    if isinstance(earlier, list) and len(earlier) == 2 and isinstance(earlier[0], int):
        return [source.first_origin + earlier[0], earlier[1]]
    return [source.first_origin, old_id]


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
