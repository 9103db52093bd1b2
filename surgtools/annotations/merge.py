"""Merge any number of COCO keypoint files into one.

Categories are matched by name and keypoints by name; images, annotations and videos get new ids.
A picture that stands in several files becomes one image with the annotations of all of them; of
annotations with equal category, keypoints and box the first is kept. ``info.merged_from`` lists
the files the rows stem from, ``source`` of each row is [position in that list, id there]; merging
merged files keeps the first origin.
"""

from collections.abc import Sequence
from pathlib import Path

from surgtools.annotations.merged_rows import MergeSource, MergeSummary, RowMerger
from surgtools.annotations.pictures import place_picture
from surgtools.annotations.stream import CocoStream, read_categories
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
