"""Load and build COCO keypoint files in which every category has its own keypoints.

``CocoBuilder`` is the one writer: generator, converters and pseudo-labels all use it, so category
order, ``num_keypoints`` and ``area`` are the same everywhere. ``load_coco`` is the one strict
reader; it stops at the first thing that would make a number wrong.

Shapes: k keypoints of the annotation's category. Boxes are ``xywh`` in image pixels, pixel
centers on integers.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.annotations.check.problems import KINDS
from surgtools.annotations.check.reading import read_tables
from surgtools.annotations.stream import TABLES, Row, read_content
from surgtools.annotations.taxonomies import content_taxonomy
from surgtools.errors import InputError
from surgtools.files import write_json
from surgtools.taxonomy import SURGICAL, Category, Taxonomy


class CocoBuilder:
    """Collect images and annotations, number them from 1, write them whole.

    Args:
        info: what goes under COCO's ``info``, for example the command and the seed.
        instruments: the categories, in label order.
    """

    def __init__(
        self,
        info: Mapping[str, Any] | None = None,
        instruments: Sequence[Category] = SURGICAL.categories,
    ) -> None:
        self.info = dict(info or {})
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.images: list[dict] = []
        self.annotations: list[dict] = []

    def add_image(self, file_name: str, width: int, height: int, **extra: Any) -> int:
        """Add one image (size in pixels) and return its id."""
        image_id = len(self.images) + 1
        self.images.append(
            {
                "id": image_id,
                "file_name": file_name,
                "width": int(width),
                "height": int(height),
                **extra,
            }
        )
        return image_id

    def add_annotation(
        self,
        image_id: int,
        category_id: int,
        keypoints: np.ndarray,
        bbox: Iterable[float],
        **extra: Any,
    ) -> int:
        """Add one instance and return its id.

        Args:
            keypoints: (k, 3) as x, y in image pixels and v in {0, 1, 2}, own order; x and y of
                v = 0 are written as 0.
            bbox: tight ``xywh`` of the whole instrument clipped to the image.
            extra: further COCO fields, for example ``segmentation`` or ``track_id``.

        Raises:
            InputError: an unknown category, wrong keypoint count or visibility.
        """
        instrument = self.instruments.get(category_id)
        if instrument is None:
            known = ", ".join(f"{own.id} {own.name}" for own in self.instruments.values())
            raise InputError(f"category {category_id!r} is unknown; {known} are written here")
        keypoints = np.array(keypoints, dtype=float)
        if keypoints.shape != (instrument.num_keypoints, 3):
            raise InputError(
                f"keypoints of shape {keypoints.shape} given; {instrument.name} needs "
                f"({instrument.num_keypoints}, 3)"
            )
        visibility = keypoints[:, 2]
        if not np.isin(visibility, (0, 1, 2)).all():
            raise InputError(f"visibility {visibility.tolist()} given; 0, 1 or 2 is expected")
        keypoints[visibility == 0] = 0
        x, y, width, height = (round(float(value), 3) + 0.0 for value in bbox)  # no -0.0
        annotation_id = len(self.annotations) + 1
        self.annotations.append(
            {
                "id": annotation_id,
                "image_id": image_id,
                "category_id": instrument.id,
                "bbox": [x, y, width, height],
                "area": round(width * height, 3),
                "iscrowd": 0,
                "num_keypoints": int((visibility > 0).sum()),
                "keypoints": [
                    value
                    for kx, ky, v in keypoints.tolist()
                    for value in (round(kx, 3), round(ky, 3), int(v))
                ],
                **extra,
            }
        )
        return annotation_id

    def to_dict(self) -> dict:
        """The file's content; categories in label order."""
        return {
            "info": self.info,
            "categories": [instrument.to_category() for instrument in self.instruments.values()],
            "images": self.images,
            "annotations": self.annotations,
        }

    def write(self, path: str | Path) -> None:
        """Write ``path`` whole, then rename."""
        write_json(path, self.to_dict())


def load_coco(path: str | Path, taxonomy: Taxonomy = SURGICAL) -> dict:
    """Read a COCO keypoint file and make sure that training or scoring on it means something.

    The rules are those of ``data check``; see ``annotations.check.problems`` for the ones that
    refuse a file.

    Args:
        taxonomy: the categories that the file should have.

    Returns:
        The file's content, unchanged.

    Raises:
        InputError: with file, entry and what to do, at the first problem that leaves no number
            a meaning.
    """
    content = read_content(path)
    check_content(content, str(path), taxonomy)
    return content


def load_with_taxonomy(
    path: str | Path, taxonomy_file: str | Path | None = None
) -> tuple[dict, Taxonomy]:
    """As ``load_coco``, with the taxonomy of the file itself; the file is read once.

    Args:
        taxonomy_file: that the user names; see ``find_taxonomy`` for what stands in.

    Raises:
        InputError: as of ``find_taxonomy`` and ``load_coco``.
    """
    content = read_content(path)
    taxonomy = content_taxonomy(content, path, taxonomy_file)
    check_content(content, str(path), taxonomy)
    return content, taxonomy


def check_content(content: Any, name: str, taxonomy: Taxonomy = SURGICAL) -> None:
    """The checks of ``load_coco`` on content already read; ``name`` stands in the messages."""
    if not isinstance(content, dict):
        raise InputError(f"{name}: a COCO file is an object with images, annotations, categories")
    for table in TABLES:
        if not isinstance(content.get(table), list):
            raise InputError(f"{name}: the list `{table}` is missing; export it as COCO keypoints")
    rows = (Row(table, value, "") for table in TABLES for value in content[table])
    rest = {key: value for key, value in content.items() if key not in TABLES}
    reading = read_tables(rows, content["categories"], rest, name, True, taxonomy)
    for problem in reading.problems:
        raise InputError(f"{problem}; {KINDS[problem.code].todo}")
