"""Cut the emptiest square out of each labelled photograph: grounds that show no instrument.

python tools/cut_grounds.py --data LABELLED --out DIR

A network that sees real photographs with instruments alone takes the photograph for the sign of
one. `tools/compose_frames.py --backgrounds DIR` lays rendered look-alikes over the same grounds.
A photograph without any label gives none: its instrument may have been missed.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np  # noqa: E402

from surgtools.cli.output_arguments import folder_to_write  # noqa: E402
from surgtools.errors import InputError  # noqa: E402


def main() -> int:
    """Cut, write, say how many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="dataset folder, labelled")
    parser.add_argument("--split", default="train", help="its part that is taken")
    parser.add_argument("--smallest", type=int, default=128, help="least side in pixels")
    parser.add_argument("--margin", type=int, default=8, help="pixels kept away from a box")
    parser.add_argument("--out", required=True, type=folder_to_write, help="folder of pictures")
    args = parser.parse_args()
    try:
        number, seen = cut(args)
    except InputError as error:
        print(f"cut_grounds: {error}", file=sys.stderr)
        return 2
    print(f"{number} grounds of {seen} labelled photographs -> {args.out}")
    return 0


def cut(args: argparse.Namespace) -> tuple[int, int]:
    """Write the squares; returns how many, and how many photographs are labelled.

    Raises:
        InputError: the data cannot be used, or ``--out`` holds pictures.
    """
    from surgtools.annotations.coco import load_coco
    from surgtools.annotations.taxonomies import find_taxonomy
    from surgtools.dataset_folder import annotation_file, picture_folder
    from surgtools.datasets.picture_paths import locate_picture
    from surgtools.images import read_image
    from surgtools.prediction.image_writer import write_image

    if args.out.is_dir() and any(args.out.iterdir()):
        raise InputError(f"{args.out}: is not empty; choose another --out")
    if args.smallest < 1 or args.margin < 0:
        raise InputError("--smallest counts from 1 and --margin from 0 pixels; give larger ones")
    source = annotation_file(args.data, args.split)
    content = load_coco(source, find_taxonomy(args.data)[0])
    boxes: dict[int, list[list[float]]] = {}
    for row in content["annotations"]:
        boxes.setdefault(row["image_id"], []).append(row["bbox"])
    labelled = [row for row in content["images"] if row["id"] in boxes]
    number = 0
    for row in labelled:
        pixels = read_image(locate_picture(row, picture_folder(source), source))
        x, y, side = emptiest_square(pixels.shape[:2], boxes[row["id"]], args.margin)
        if side >= args.smallest:
            ground = pixels[y : y + side, x : x + side]
            write_image(args.out / f"ground_{number:06d}.jpg", ground, quality=95)
            number += 1
    return number, len(labelled)


def emptiest_square(
    shape: tuple[int, int], boxes: list[list[float]], margin: int
) -> tuple[int, int, int]:
    """The largest square of a picture that no box reaches.

    Args:
        shape: of the picture, (height, width) in pixels.
        boxes: (x, y, width, height) each, in pixels.
        margin: pixels between the square and a box.

    Returns:
        x and y of its corner at the upper left, and its side, 0 where boxes cover all.
    """
    empty = np.ones(shape, bool)
    for x, y, width, height in boxes:
        left, top = (max(int(np.floor(v)) - margin, 0) for v in (x, y))
        empty[
            top : max(int(np.ceil(y + height)) + margin, 0),
            left : max(int(np.ceil(x + width)) + margin, 0),
        ] = False
    filled = np.pad(~empty, ((1, 0), (1, 0))).cumsum(axis=0).cumsum(axis=1)
    low, high, best = 0, min(shape), (0, 0)
    while low < high:  # a square that fits holds every smaller one
        side = (low + high + 1) // 2
        corners = filled[:-side, :-side] - filled[side:, :-side]
        corners = corners - filled[:-side, side:] + filled[side:, side:]
        places = np.argwhere(corners == 0)
        if len(places):
            low, best = side, (int(places[0][1]), int(places[0][0]))
        else:
            high = side - 1
    return *best, low


if __name__ == "__main__":
    sys.exit(main())
