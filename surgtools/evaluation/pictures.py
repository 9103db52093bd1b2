"""Which pictures are scored: a dataset split, a COCO file, or a folder without instruments."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from surgtools.annotations.coco import CocoBuilder, load_coco, load_with_taxonomy
from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.dataset_folder import ANNOTATIONS, picture_folder
from surgtools.errors import InputError
from surgtools.images import pictures_below, read_image
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import SURGICAL, Taxonomy


@dataclass(frozen=True)
class Pictures:
    """A COCO file, the folder its file names are relative to, its content and categories."""

    ann_file: Path
    folder: Path
    content: dict
    taxonomy: Taxonomy = SURGICAL

    @property
    def image_ids(self) -> list[int]:
        return [image["id"] for image in self.content["images"]]

    @property
    def on_disk(self) -> bool:
        """Whether the first picture is there; the others are named by who reads them."""
        first = next(iter(self.content["images"]), None)
        return first is None or self.path_of(first).is_file()

    def path_of(self, image: dict) -> Path:
        """Where the picture of an image entry lies.

        Raises:
            InputError: its name leads out of the folder; links are followed.
        """
        where = f"{self.ann_file}: image {image['id']}"
        return path_to_read(self.folder, image["file_name"], where, follow_links=True)


def open_pictures(
    data: str | Path,
    split: str = "val",
    need_files: bool = True,
    taxonomy: str | Path | None = None,
) -> Pictures:
    """Find and read the ground truth a user points at.

    Args:
        data: a dataset folder (``DIR/SPLIT/coco_keypoints.json``), the folder of one split, or a
            COCO file; its pictures are looked for in ``images/`` beside it, then beside it.
        split: of a dataset folder.
        need_files: refuse annotations without their pictures; scores alone need none.
        taxonomy: file of the categories; by default the data's own, see ``find_taxonomy``.

    Raises:
        InputError: there is no annotation file, it means nothing, or its first picture is absent.
    """
    data = Path(data)
    candidates = [data] if data.is_file() else [data / split / ANNOTATIONS, data / ANNOTATIONS]
    ann_file = next((path for path in candidates if path.is_file()), None)
    if ann_file is None:
        where = " or ".join(str(path) for path in candidates)
        raise InputError(f"{data}: no annotations at {where}; give a dataset folder or COCO file")
    if data.is_dir() and not _is_split(data):  # a category may occur in another part only
        own = find_taxonomy(data, taxonomy)[0]
        content = load_coco(ann_file, own)
    else:
        content, own = load_with_taxonomy(ann_file, taxonomy)
    folder = picture_folder(ann_file)
    pictures = Pictures(ann_file.resolve(), folder.resolve(), content, own)
    if need_files and not pictures.on_disk:
        raise InputError(
            f"{ann_file}: picture {content['images'][0]['file_name']} is not in {folder}; put the "
            "pictures into images/ beside the file"
        )
    return pictures


def _is_split(folder: Path) -> bool:
    """Whether a folder holds the annotations itself."""
    return (folder / ANNOTATIONS).is_file()


@contextmanager
def open_negatives(folder: str | Path) -> Iterator[Pictures]:
    """All pictures of a folder as a COCO file without instances, for the length of the block.

    Raises:
        InputError: no folder, no picture in it, or one cannot be read.
    """
    folder = Path(folder).resolve()
    files = pictures_below(folder)
    if not files:
        raise InputError(f"{folder}: holds no picture; give a folder of pictures")
    builder = CocoBuilder()
    for file in files:
        # Not the size in the header: EXIF may turn the picture, as the networks will see it.
        height, width = read_image(file).shape[:2]
        builder.add_image(file.relative_to(folder).as_posix(), width, height)
    with TemporaryDirectory() as temporary:
        ann_file = Path(temporary) / ANNOTATIONS
        builder.write(ann_file)
        yield Pictures(ann_file, folder, builder.to_dict())
