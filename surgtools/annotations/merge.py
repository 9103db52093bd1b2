"""Merge any number of COCO keypoint files into one.

Categories are matched by name and keypoints by name; images, annotations and videos get new ids.
A picture that stands in several files becomes one image with the annotations of all of them; of
annotations with equal category, keypoints and box the first is kept. ``info.merged_from`` lists
the files the rows stem from, ``source`` of each row is [position in that list, id there]; merging
merged files keeps the first origin.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from surgtools.annotations.merged_rows import MergeSource, MergeSummary, RowMerger
from surgtools.annotations.pictures import place_picture
from surgtools.annotations.stream import CocoStream, Row, read_categories
from surgtools.annotations.writer import open_coco
from surgtools.dataset_folder import picture_folder
from surgtools.errors import InputError
from surgtools.safe_names import path_to_write


def merge_files(
    paths: Sequence[str | Path],
    out: str | Path,
    drop_empty: bool = False,
    pictures: str = "keep",
    allow_outside: bool = False,
) -> MergeSummary:
    """Merge files on disk, row by row.

    Args:
        paths: COCO keypoint files, at least one.
        out: the merged file.
        drop_empty: leave pictures without annotations out.
        pictures: ``keep`` leaves them where they are, ``link`` or ``copy`` puts them into
            ``images/`` beside ``out``, and their layers into ``layers/``.
        allow_outside: pictures may lie outside the data set of their file.

    Raises:
        InputError: a file cannot be read, a row cannot be carried over, different pictures share
            a name and ``pictures`` is ``keep``, or a name leads out and it is not.
    """
    if not paths:
        raise InputError("no file to merge; name at least one")
    sources = [
        MergeSource(str(p), picture_folder(p), rows=CocoStream(p), categories=read_categories(p))
        for p in paths
    ]
    merger = RowMerger(sources, drop_empty, pictures == "keep", allow_outside)
    with open_coco(out) as writer:
        merger.prepare(categories := merger.categories())
        writer.value("categories", categories)
        writer.table("annotations", merger.annotations())
        writer.table("images", merger.images())
        writer.value("info", merger.info())
        if pictures != "keep":
            found = list(merger.pictures())
            merger.summary.missing = merger.summary.images - sum(
                name.startswith("images/") for _, name in found
            )
            folder = Path(out).parent
            places = [(path, path_to_write(folder, name, str(out))) for path, name in found]
            for picture, target in places:
                place_picture(picture, target, pictures)
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
        MergeSource(name, None, rows=_ContentRows(content), categories=content["categories"])
        for name, content in zip(names, contents, strict=True)
    ]
    merger = RowMerger(sources, drop_empty, keep_names=False)
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
