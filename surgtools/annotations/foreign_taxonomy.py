"""The taxonomy of an annotation file of any tool that ``data convert`` reads."""

from pathlib import Path

from surgtools.annotations.convert import FORMATS, Options
from surgtools.annotations.convert.archives import opened
from surgtools.annotations.convert.dataset_parts import Losses
from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.dataset_folder import ANNOTATIONS, annotation_files
from surgtools.errors import InputError
from surgtools.taxonomy import Taxonomy
from surgtools.taxonomy.coco_categories import Guess, from_coco_categories


def read_foreign_taxonomy(
    path: str | Path, data_format: str | None = None
) -> tuple[Taxonomy, list[Guess]]:
    """Read the categories of COCO, CVAT, YOLO-pose or Label Studio annotations.

    Args:
        data_format: a format of ``data convert``; None tells it from name and content.

    Returns:
        The taxonomy, and what was guessed from names.

    Raises:
        InputError: nothing there, or of no known format.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; name annotations or a dataset folder")
    data_format = data_format or guess_format(path)
    if data_format == "coco":
        return find_taxonomy(path, even=True, complete=True)
    reader = FORMATS[data_format][0]
    with opened(path) as place:
        parts = reader(place, Options(pictures="keep", allow_outside=True), Losses())
    rows = {row["id"]: row for part in parts for row in part.content["categories"]}
    return from_coco_categories(list(rows.values()), path.stem, str(path))


def guess_format(path: Path) -> str:
    """The format of a file or folder, from its name and how it begins.

    Raises:
        InputError: it cannot be told.
    """
    if path.is_dir():
        if annotation_files(path) or (path / ANNOTATIONS).is_file():
            return "coco"
        if any(path.glob("*.yaml")):
            return "yolo"
    elif path.suffix.lower() in (".yaml", ".yml"):
        return "yolo"
    elif path.suffix.lower() in (".xml", ".zip"):
        with opened(path) as place:
            files = [place] if place.is_file() else sorted(place.rglob("*.xml"))
            text = files[0].read_text(encoding="utf-8", errors="replace") if files else ""
        return "cvat-video" if "<track " in text else "cvat-images"
    elif path.suffix.lower() == ".json":
        start = _start_of(path)
        if start.startswith("[") and '"data"' not in start and '"category_id"' in start:
            raise InputError(
                f"{path}: is a list of COCO results, which has no categories; name the "
                "annotations that they are of"
            )
        return "label-studio" if start.startswith("[") else "coco"
    raise InputError(
        f"{path}: its format cannot be told; say it with --from "
        "coco|cvat-images|cvat-video|yolo|label-studio"
    )


def _start_of(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return file.read(1024).lstrip()
