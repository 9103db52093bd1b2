"""Predictions on the ground truth's pictures and on negatives, told apart by file name."""

from collections.abc import Mapping
from pathlib import Path

from surgtools.errors import InputError
from surgtools.evaluation.pictures import Pictures
from surgtools.evaluation.readers import read_results
from surgtools.evaluation.readers.picture_index import PictureIndex
from surgtools.evaluation.results import check_results
from surgtools.files import read_json
from surgtools.taxonomy import SURGICAL, Taxonomy


def read_with_negatives(
    path: str | Path,
    data_format: str,
    pictures: Pictures,
    negatives: Pictures,
    ranking: str = "given",
    taxonomy: Taxonomy = SURGICAL,
) -> tuple[list[dict], list[dict], list[str]]:
    """Read predictions that name pictures of both.

    A file name that occurs in both needs as many of its folders as tell the two apart.

    Args:
        data_format: ``yolo`` or ``mmpose``; the image ids of COCO results name no picture.
        ranking, taxonomy: see ``read_results``.

    Returns:
        COCO results on ``pictures``, COCO results on ``negatives``, and notes.

    Raises:
        InputError: the file is malformed, a name fits several pictures, or a predictions.json
            lacks a picture of the negatives, which would count as one without false instruments.
    """
    both = [
        {**image, "file_name": (each.folder / image["file_name"]).as_posix()}
        for each in (pictures, negatives)
        for image in each.content["images"]
    ]
    images = [{**image, "id": number} for number, image in enumerate(both)]
    content = {**pictures.content, "images": images}
    first = len(pictures.content["images"])
    rows, notes = read_results(path, data_format, content, ranking, taxonomy)
    if data_format == "mmpose" and Path(path).is_file():
        _require_all(path, images, first, negatives)
    truth_rows, negative_rows = (
        [{**row, "image_id": both[row["image_id"]]["id"]} for row in rows if part(row["image_id"])]
        for part in (lambda number: number < first, lambda number: number >= first)
    )
    check_results(negative_rows, negatives.content, f"{path} on {negatives.folder}", taxonomy)
    if not negative_rows:
        notes = [
            *notes,
            f"{path} finds nothing on the {len(negatives.image_ids)} negatives of "
            f"{negatives.folder}; that counts only if they were predicted, too",
        ]
    return truth_rows, negative_rows, notes


def _require_all(path: str | Path, images: list[dict], first: int, negatives: Pictures) -> None:
    """predictions.json has an entry for every picture; other forms may leave empty ones out."""
    content = read_json(path)
    entries = content.get("instance_info", ()) if isinstance(content, Mapping) else ()
    frames = [entry for entry in entries if "instances" in entry]
    index = PictureIndex({"images": images})
    found = [index.find(frame["image"]) for frame in frames if "image" in frame]
    named = {image["id"] for image in found if image}
    missing = [image["file_name"] for image in images[first:] if image["id"] not in named]
    if frames and missing:
        raise InputError(
            f"{path}: {len(missing)} of the {len(negatives.image_ids)} pictures of "
            f"{negatives.folder} are not in it ({missing[0]}, ...); predict that folder and the "
            "data into one file"
        )
