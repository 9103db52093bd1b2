"""The layout of a dataset folder: ``DIR/{train,val,test}/images/*`` and its annotations.

Nothing else spells the name of an annotation file, nor where its pictures and layers lie.
"""

from pathlib import Path

PARTS = ("train", "val", "test")
ANNOTATIONS = "coco_keypoints.json"


def annotation_file(dataset: str | Path, part: str) -> Path:
    """The annotations of one part of a dataset folder; they need not be there."""
    return Path(dataset, part, ANNOTATIONS)


def annotation_files(dataset: str | Path) -> list[Path]:
    """The annotations that a dataset folder holds: train, val, test, then others by name."""
    found = Path(dataset).glob(f"*/{ANNOTATIONS}")
    return sorted(found, key=lambda file: usual_order(file.parent.name))


def usual_order(part: str) -> tuple[int, str]:
    """Sorting key of parts."""
    return (PARTS.index(part) if part in PARTS else len(PARTS), part)


def picture_folder(file: str | Path) -> Path:
    """What ``file_name`` is relative to: ``images/`` beside an annotation file, or its folder."""
    folder = Path(file).parent
    return folder / "images" if (folder / "images").is_dir() else folder


def layer_folder(file: str | Path) -> Path:
    """Where the layers of an annotation file's pictures lie."""
    return Path(file).parent / "layers"
