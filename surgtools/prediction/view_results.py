"""Test-time augmentation for COCO results: pictures on disk, seen in a view by the host's loop.

``augmentation`` does the same for pictures in memory; both fuse by the same functions.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from surgtools.evaluation.pictures import ANNOTATIONS, Pictures
from surgtools.files import write_json
from surgtools.images import read_image
from surgtools.prediction.augmentation import fuse_group, group_views, to_picture
from surgtools.prediction.image_writer import write_image
from surgtools.prediction.parts import whole_results
from surgtools.prediction.results import Instance
from surgtools.prediction.views import View

Row = Mapping[str, Any]


@contextmanager
def open_view(pictures: Pictures, view: View) -> Iterator[Pictures]:
    """The pictures seen in a view, without their annotations, for the length of the block.

    Ids stay; the files are lossless copies in a temporary folder.

    Raises:
        InputError: a picture cannot be read, or there is no room for the copies.
    """
    with TemporaryDirectory() as temporary:
        folder, images = Path(temporary), []
        for image in pictures.content["images"]:
            shown = view.warp(read_image(pictures.path_of(image)))
            name = f"{image['id']}.png"
            write_image(folder / name, shown)
            height, width = shown.shape[:2]
            images.append({"id": image["id"], "file_name": name, "width": width, "height": height})
        content = {**pictures.content, "images": images, "annotations": []}
        write_json(folder / ANNOTATIONS, content)
        yield Pictures(folder / ANNOTATIONS, folder, content)


def results_to_picture(rows: Sequence[Row], view: View, pictures: Pictures) -> list[Row]:
    """Results of a view, in pixels and sides of the original pictures; see ``to_picture``."""
    sizes = {i["id"]: (i["width"], i["height"]) for i in pictures.content["images"]}
    back = []
    for row in rows:
        (instance,) = to_picture([Instance.from_coco(row)], view, *sizes[row["image_id"]])
        back.append(_to_row(instance, [row]))
    return back


def fuse_results(seen: Sequence[Sequence[Row]]) -> list[Row]:
    """One result per instrument from those of V views; see ``fuse_instances``.

    Args:
        seen: V lists of results with keypoints, all in pixels of the original pictures.
    """
    by_image: dict[int, list[list[Row]]] = defaultdict(lambda: [[] for _ in seen])
    for view, rows in enumerate(seen):
        for row in whole_results(rows):
            by_image[row["image_id"]][view].append(row)
    fused = []
    for views in by_image.values():
        instances = [[Instance.from_coco(row) for row in rows] for rows in views]
        for group in group_views(instances):
            same = [instances[view][index] for view, index in group]
            rows = [views[view][index] for view, index in group]
            fused.append(_to_row(fuse_group(same, len(seen)), rows))
    return fused


def _to_row(instance: Instance, rows: Sequence[Row]) -> Row:
    row = instance.to_coco(rows[0]["image_id"])
    if "keypoint_visible" in rows[0]:
        row["keypoint_visible"] = instance.keypoint_visible.tolist()
    if "presence" in rows[0]:
        row["presence"] = float(np.mean([own["presence"] for own in rows]))
    return row
