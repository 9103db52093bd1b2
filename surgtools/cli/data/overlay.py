"""``surgtools data overlay``: pictures with skeletons, hidden keypoints hollow."""

import argparse
from pathlib import Path

from surgtools.cli.data_arguments import add_image_folder, add_num
from surgtools.cli.output_arguments import add_out_dir
from surgtools.cli.running_arguments import add_seed
from surgtools.errors import InputError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="COCO keypoint file")
    add_out_dir(parser, "folder for the drawn pictures")
    add_image_folder(parser)
    add_num(parser, "draw only so many pictures, chosen at random (default: all)")
    add_seed(parser)
    parser.add_argument("--names", action="store_true", help="write the names of keypoints, too")
    parser.add_argument("--crop", action="store_true", help="one picture per instrument, enlarged")


def run(args: argparse.Namespace) -> None:
    import cv2
    import numpy as np

    from surgtools.annotations.coco import load_coco
    from surgtools.annotations.pictures import find_image_root, read_picture
    from surgtools.cli.data.drawing import draw_annotations
    from surgtools.files import write_whole

    content = load_coco(args.file)
    root = Path(args.images) if args.images else find_image_root(args.file)
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
    written = 0
    for image in images:
        picture, own = read_picture(root / image["file_name"]), by_image.get(image["id"], [])
        if args.crop:
            drawn = [(f"_{a['id']}", *crop_around(picture, a)) for a in own]
        else:
            drawn = [("", picture, own)]
        for suffix, canvas, annotations in drawn:
            name = Path(image["file_name"])
            target = out / name.with_name(f"{name.stem}{suffix}.jpg")
            result = draw_annotations(canvas, annotations, names=args.names)
            with write_whole(target) as part:
                part.write_bytes(cv2.imencode(".jpg", result)[1])
            written += 1
    print(f"{out}: {written} pictures")


def crop_around(picture, annotation: dict, margin: float = 0.15, side: int = 640):
    """The part of a picture around one annotation, enlarged, with the moved annotation."""
    import cv2
    import numpy as np

    x, y, width, height = annotation["bbox"]
    grow = margin * max(width, height)
    low = np.floor(np.clip([x - grow, y - grow], 0, None)).astype(int)
    high = np.ceil(np.minimum([x + width + grow, y + height + grow], picture.shape[1::-1]))
    high = np.maximum(high.astype(int), low + 1)
    crop = picture[low[1] : high[1], low[0] : high[0]]
    scale = side / max(crop.shape[:2])
    crop = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    keypoints = np.array(annotation["keypoints"], dtype=float).reshape(-1, 3)
    keypoints[:, :2] = (keypoints[:, :2] - low + 0.5) * scale - 0.5
    box = [*((np.array([x, y]) - low) * scale), width * scale, height * scale]
    return crop, [{**annotation, "keypoints": keypoints.ravel().tolist(), "bbox": box}]
