"""The rows of a merged COCO file: matched by name, with new ids, each with its origin.

Shapes: k keypoints of one category.
"""

import json
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from surgtools.annotations.check.categories import plan_categories
from surgtools.annotations.check.writable import require_writable, shorten
from surgtools.annotations.image_entries import ImageSource
from surgtools.annotations.image_table import ImageTable
from surgtools.annotations.stream import CocoStream
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL

_ID = re.compile(r'"((?:image_|category_)?id)"\s*:\s*-?\d+(?=[\s,}])')


@dataclass
class MergeSummary:
    """What a merge did.

    Attributes:
        images, annotations: rows in the merged file.
        same_pictures: image entries that joined an earlier one.
        unseen_pictures: those of them whose pictures are not there to be compared.
        same_annotations: annotations left out because an equal one was there.
        dropped_images: pictures without annotations that were dropped.
        missing: pictures that were to be put together and were not there.
        renamed: new file names of different pictures that shared one.
    """

    images: int = 0
    annotations: int = 0
    same_pictures: int = 0
    unseen_pictures: int = 0
    same_annotations: int = 0
    dropped_images: int = 0
    missing: int = 0
    renamed: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class MergeSource(ImageSource):
    """One file to merge.

    Attributes:
        rows: of its tables; they are read once.
        categories: its category table.
    """

    rows: CocoStream
    categories: list


class RowMerger:
    """One merge: ask for categories, annotations, images and info, in this order.

    Args:
        drop_empty: leave pictures without annotations out.
        keep_names: refuse different pictures of one name instead of giving them new ones.
        allow_outside: pictures may lie outside the data set of their file.
    """

    def __init__(
        self,
        sources: list[MergeSource],
        drop_empty: bool,
        keep_names: bool,
        allow_outside: bool = False,
    ) -> None:
        self.sources, self.drop_empty = sources, drop_empty
        self.summary = MergeSummary()
        self.origins: list = []
        self._table = ImageTable(rename=not keep_names, allow_outside=allow_outside)
        self._used: set[int] = set()
        self._seen: set[int] = set()
        self._orders: list[dict[object, tuple[int, tuple[int, ...] | None, int]]] = []

    def categories(self) -> list[dict]:
        """The merged category table: the built-in categories, then others as they come up.

        Files that have none of the built-in ones keep their own categories, and their ids where
        these are free.
        """
        names = {
            row.get("name")
            for source in self.sources
            for row in source.categories
            if isinstance(row, dict) and isinstance(row.get("name"), str)
        }
        built_in = SURGICAL.categories if names & set(SURGICAL.classes) or not names else ()
        merged = {own.name: own.to_category() for own in built_in}
        for source in self.sources:
            for category in source.categories:
                plans, problems = plan_categories([category], source.name)
                if not plans:
                    raise InputError(f"{source.name}: {problems[0].message}")
                plan = next(iter(plans.values()))
                if plan.instrument is not None:
                    continue
                if plan.name in merged and plan.name in SURGICAL.classes:
                    raise InputError(f"{source.name}: {problems[0].message}; rename the category")
                known = merged.setdefault(
                    plan.name, {**category, "id": _free_id(category, merged)}
                )
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
                wanted = target.get("keypoints", [])
                own = category.get("keypoints") or wanted  # no names: those of the taxonomy
                order = tuple(own.index(name) for name in wanted)
                same = order == tuple(range(len(order)))
                table[category["id"]] = (target["id"], None if same else order, len(own))
            self._orders.append(table)

    def annotations(self) -> Iterator[dict | str]:
        """All annotations with new ids, as text where little changes; reads the images, too."""
        for number, source in enumerate(self.sources):
            source.first_origin = len(self.origins)
            waiting = []
            for table, value, text in source.rows:
                if table == "images":
                    self._table.add(value, source)
                elif table == "annotations":
                    if not source.image_ids:
                        waiting.append((value, text))  # annotations stand before the images
                    elif (merged := self._annotation(number, source, value, text)) is not None:
                        yield merged
            for value, text in waiting:
                if (merged := self._annotation(number, source, value, text)) is not None:
                    yield merged
            source.rows.require_tables()
            inherited = source.rows.rest.get("info")
            inherited = inherited.get("merged_from") if isinstance(inherited, dict) else None
            self.origins += inherited if isinstance(inherited, list) else [source.name]

    def images(self) -> Iterator[dict]:
        """The images; complete only after all annotations were read."""
        self.summary.same_pictures = self._table.same_pictures
        self.summary.unseen_pictures = self._table.unseen_pictures
        self.summary.renamed = self._table.renamed
        for image in self._table.images:
            if self.drop_empty and image["id"] not in self._used:
                self.summary.dropped_images += 1
            else:
                self.summary.images += 1
                yield image

    def pictures(self) -> Iterator[tuple[Path, str]]:
        """Where each kept picture and layer lies, if it is there, and its new place."""
        for folder, key, found in (
            ("images", "file_name", self._table.pictures()),
            ("layers", "layer", self._table.layers()),
        ):
            for image, path in found:
                if not self.drop_empty or image["id"] in self._used:
                    yield path, f"{folder}/{image[key]}"

    def info(self) -> dict:
        return {"merged_from": self.origins}

    def _annotation(
        self, number: int, source: MergeSource, annotation: object, text: str
    ) -> dict | str | None:
        """The row with new ids; None when an equal one was there."""
        try:
            image_id = source.image_ids[annotation["image_id"]]
            category_id, order, count = self._orders[number][annotation["category_id"]]
            keypoints, old_id = annotation.get("keypoints") or [], annotation["id"]
            if len(keypoints) != 3 * count:
                raise ValueError
            if order is not None:
                keypoints = [v for own in order for v in keypoints[3 * own : 3 * own + 3]]
            box = annotation.get("bbox") or ()
            # As bytes, because Python's hash of -1 is that of -2.
            content = hash(array("d", (image_id, category_id, *keypoints, *box)).tobytes())
        except (KeyError, TypeError, ValueError) as error:
            known = annotation.get("id") if isinstance(annotation, dict) else annotation
            raise InputError(
                f"{source.name}: annotation {known!r} is broken (id, image, category, "
                "keypoints or box); `surgtools data check` says what is wrong"
            ) from error
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
            "source": source.origin(annotation, old_id),
        }
        require_writable(annotation, f"{source.name}: annotation {shorten(old_id)}")
        if order is None and "source" not in annotation:
            spliced = _splice(text, new)
            if spliced is not None:
                return spliced
        ordered = {} if order is None else {"keypoints": keypoints}
        return {**annotation, **new, **ordered}


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


def _free_id(category: dict, merged: dict[str, dict]) -> int:
    """The category's own id where no other has it, else the next one."""
    taken = {row["id"] for row in merged.values()}
    own = category.get("id")
    built_in = taken & {one.id for one in SURGICAL.categories}
    return len(merged) + 1 if built_in else own if own not in taken else max(taken) + 1
