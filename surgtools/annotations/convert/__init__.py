"""Convert annotations between COCO and the formats of labelling and training tools."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from surgtools.annotations.convert import (
    archives,
    coco_files,
    cvat_images,
    cvat_video,
    cvat_video_reader,
    label_studio,
    label_studio_reader,
    predictions,
    yolo,
    yolo_reader,
)
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.annotations.convert.picture_names import settle_names
from surgtools.annotations.taxonomies import find_taxonomy, own_file
from surgtools.errors import InputError
from surgtools.taxonomy import Taxonomy
from surgtools.taxonomy.files import read_taxonomy

__all__ = ["FORMATS", "Conversion", "DatasetPart", "Options", "convert", "taxonomy_for"]

Reader = Callable[[Path, Options, Losses], list[DatasetPart]]
Writer = Callable[[list[DatasetPart], Path, Options, Losses], None]

FORMATS: dict[str, tuple[Reader | None, Writer | None]] = {
    "coco": (coco_files.read, coco_files.write),
    "yolo": (yolo_reader.read, yolo.write),
    "cvat-images": (cvat_images.read, cvat_images.write),
    "cvat-video": (cvat_video_reader.read, cvat_video.write),
    "label-studio": (label_studio_reader.read, label_studio.write),
    "predictions": (predictions.read, None),
    "coco-results": (None, predictions.write_results),
}
"""Format name to its reader and writer; any reader goes with any writer."""


@dataclass(frozen=True)
class Conversion:
    """What a conversion did.

    Attributes:
        images, annotations: numbers per part.
        losses: one line for each thing that the target cannot carry, or that had to be made up.
    """

    images: dict[str, int]
    annotations: dict[str, int]
    losses: list[str]


def convert(
    source: str | Path,
    target: str | Path,
    source_format: str,
    target_format: str,
    options: Options,
) -> Conversion:
    """Convert a file, a folder, or a .zip of either.

    Raises:
        InputError: an unknown format, or input that cannot be read; nothing is written then.
    """
    reader, writer = _format(source_format)[0], _format(target_format)[1]
    if reader is None or writer is None:
        wrong = f"read from {source_format}" if reader is None else f"write to {target_format}"
        raise InputError(f"surgtools cannot {wrong}; see `surgtools data convert --help`")
    losses, source = Losses(), Path(source)
    with archives.opened(source) as place:
        parts = reader(place, options, losses)
        settle_names(parts, source, options, losses)
        for part in parts if place != source else ():
            part.content["info"] = {"converted_from": str(source)}
        writer(parts, Path(target), options, losses)
    return Conversion(
        images={part.name: len(part.content["images"]) for part in parts},
        annotations={part.name: len(part.content["annotations"]) for part in parts},
        losses=losses.lines(),
    )


def taxonomy_for(
    source: str | Path, source_format: str, taxonomy_file: str | Path | None = None
) -> Taxonomy | None:
    """The taxonomy of a conversion: a file that is given, or the one beside COCO annotations.

    Returns:
        None where there is no file; the labels of the source then say what there is.

    Raises:
        InputError: the file is broken, or contradicts the annotations.
    """
    source = Path(source)
    if source_format == "coco" and source.suffix != ".zip":
        return (
            find_taxonomy(source, taxonomy_file)[0] if taxonomy_file or own_file(source) else None
        )
    return read_taxonomy(taxonomy_file) if taxonomy_file else None


def _format(name: str) -> tuple[Reader | None, Writer | None]:
    if name not in FORMATS:
        raise InputError(f"format {name!r} is unknown; choose from {', '.join(FORMATS)}")
    return FORMATS[name]
