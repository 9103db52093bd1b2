"""``surgtools data overlay``: pictures with skeletons, hidden keypoints hollow."""

import argparse
import os
from itertools import chain, count
from pathlib import Path

from surgtools.cli.data_arguments import add_image_folder, add_num
from surgtools.cli.output_arguments import add_out_dir, add_overwrite
from surgtools.cli.outside_names import add_allow_outside
from surgtools.cli.running_arguments import add_seed
from surgtools.cli.taxonomy_argument import add_taxonomy
from surgtools.dataset_folder import picture_folder
from surgtools.errors import InputError
from surgtools.own_outputs import own_outputs
from surgtools.safe_names import nearest_below, path_to_read, path_to_write


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="COCO keypoint file")
    add_out_dir(parser, "folder for the drawn pictures")
    add_overwrite(parser)
    add_image_folder(parser)
    add_taxonomy(parser)
    add_num(parser, "draw only so many pictures, chosen at random (default: all)")
    add_seed(parser)
    parser.add_argument("--names", action="store_true", help="write the names of keypoints, too")
    parser.add_argument("--crop", action="store_true", help="one picture per instrument, enlarged")
    add_allow_outside(parser)


def run(args: argparse.Namespace) -> None:
    with own_outputs(args.out_dir, args.overwrite):
        _draw(args)


def _draw(args: argparse.Namespace) -> None:
    import cv2
    import numpy as np

    from surgtools.annotations.coco import load_with_taxonomy
    from surgtools.annotations.pictures import read_picture
    from surgtools.cli.data.drawing import draw_annotations
    from surgtools.files import write_whole

    content, taxonomy = load_with_taxonomy(args.file, args.taxonomy)
    root = Path(args.images) if args.images else picture_folder(args.file)
    out = args.out_dir
    if out.resolve() == root.resolve():
        raise InputError(f"{out}: holds the pictures themselves; choose another folder")
    images = content["images"]
    if args.num is not None:
        order = np.random.default_rng(args.seed).permutation(len(images))[: args.num]
        images = [images[n] for n in sorted(order.tolist())]
    by_image: dict = {}
    for annotation in content["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    sources = [
        path_to_read(
            root, image["file_name"], f"{args.file}: image {image['id']}", args.allow_outside
        )
        for image in images
    ]
    targets = _Targets(out, sources)
    for image, source in zip(images, sources, strict=True):
        picture, own = read_picture(source), by_image.get(image["id"], [])
        if args.crop:
            drawn = [(f"_{a['id']}", *crop_around(picture, a)) for a in own]
        else:
            drawn = [("", picture, own)]
        for suffix, canvas, annotations in drawn:
            where = f"{args.file}: image {image['id']}"
            name = image["file_name"]
            target = targets.take(
                nearest_below(name) if args.allow_outside else name, suffix, where
            )
            result = draw_annotations(canvas, annotations, args.names, taxonomy)
            with write_whole(target) as part:
                part.write_bytes(cv2.imencode(".jpg", result)[1])
    print(f"{out}: {len(targets.taken)} pictures")


class _Targets:
    """Where the drawings go: below one folder, each at its own name, never onto a picture.

    Args:
        out: the output folder.
        sources: the pictures that are drawn.
    """

    def __init__(self, out: Path, sources: list[Path]) -> None:
        self.taken: set[Path] = set()
        self._out = out
        self._pictures = {os.path.realpath(source) for source in sources}

    def take(self, name: str, suffix: str, where: str) -> Path:
        """The path of one drawing; ``a.png`` beside ``a.jpg`` becomes ``a.png.jpg``.

        Raises:
            InputError: the name leads out of the folder, or a picture lies there.
        """
        path = Path(name.replace("\\", "/"))
        for stem in chain((path.stem, path.name), (f"{path.name}_{n}" for n in count(2))):
            target = path_to_write(self._out, str(path.with_name(f"{stem}{suffix}.jpg")), where)
            if target not in self.taken:
                break
        if os.path.realpath(target) in self._pictures:
            raise InputError(f"{target}: is one of the pictures; choose another --out-dir")
        self.taken.add(target)
        return target


def crop_around(picture, annotation: dict, margin: float = 0.15, side: int = 640):
    """The part of a picture around one annotation, enlarged, with the moved annotation."""
    import cv2
    import numpy as np

    x, y, width, height = annotation["bbox"]
    grow = margin * max(width, height)
    size = np.array(picture.shape[1::-1])
    low = np.floor(np.clip([x - grow, y - grow], 0, size - 1)).astype(int)
    high = np.ceil(np.minimum([x + width + grow, y + height + grow], size))
    high = np.maximum(high.astype(int), low + 1)
    crop = picture[low[1] : high[1], low[0] : high[0]]
    scale = side / max(crop.shape[:2])
    crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    keypoints = np.array(annotation.get("keypoints") or [], dtype=float).reshape(-1, 3)
    keypoints[:, :2] = (keypoints[:, :2] - low + 0.5) * scale - 0.5
    box = [*((np.array([x, y]) - low) * scale), width * scale, height * scale]
    return crop, [{**annotation, "keypoints": keypoints.ravel().tolist(), "bbox": box}]
