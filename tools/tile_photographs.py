"""Lay two or four labelled photographs side by side: pictures of several instruments.

python tools/tile_photographs.py --data LABELLED --num 450 --out DIR [--prefer tweezers]

Photographs of one instrument each teach nothing of pictures with several. Each is cut and resized
so that its instrument fills a tile; its labels go along, soft ones, too.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from surgtools.cli.output_arguments import folder_to_write  # noqa: E402
from surgtools.cli.ranges import whole  # noqa: E402
from surgtools.errors import InputError  # noqa: E402
from surgtools.finite_numbers import finite_numbers  # noqa: E402

MOST_ENLARGED = 1.25


def main() -> int:
    """Tile, write, say how many."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True, type=Path, help="dataset folder, labelled")
    parser.add_argument("--split", default="train", help="its part that is taken and written")
    parser.add_argument("--num", type=int, default=450, help="pictures to make")
    parser.add_argument("--size", type=int, default=448, help="their side in pixels")
    parser.add_argument("--prefer", metavar="CATEGORY", help="in 7 of 10 tiles")
    parser.add_argument(
        "--out", required=True, type=folder_to_write, help="dataset folder to write"
    )
    parser.add_argument("--seed", type=whole("[0, inf)"), default=0)
    args = parser.parse_args()
    try:
        builder = tile(args)
    except InputError as error:
        print(f"tile_photographs: {error}", file=sys.stderr)
        return 2
    print(f"{len(builder.images)} pictures, {len(builder.annotations)} instruments -> {args.out}")
    return 0


def tile(args: argparse.Namespace) -> Any:
    """Write pictures, then the labels; returns the builder of the labels.

    Raises:
        InputError: the data cannot be used, or ``--out`` holds a dataset.
    """
    from surgtools.annotations.coco import CocoBuilder, load_coco
    from surgtools.annotations.taxonomies import carry_taxonomy, find_taxonomy
    from surgtools.dataset_folder import annotation_file, picture_folder
    from surgtools.datasets.picture_paths import locate_picture
    from surgtools.images import read_image
    from surgtools.prediction.image_writer import write_image

    target = annotation_file(args.out, args.split)
    if target.exists():
        raise InputError(f"{target}: is there already; choose another --out")
    if args.num < 0 or args.size < 64:
        raise InputError("--num counts from 0 and --size from 64 pixels; give larger ones")
    taxonomy = find_taxonomy(args.data)[0]
    source = annotation_file(args.data, args.split)
    content = load_coco(source, taxonomy)
    labelled: dict[int, list[dict]] = {}
    for row in content["annotations"]:
        labelled.setdefault(row["image_id"], []).append(row)
    images = [row for row in content["images"] if row["id"] in labelled]
    preferred = images
    if args.prefer:
        wanted = taxonomy.get(args.prefer, "--prefer").id
        preferred = [
            row for row in images if any(a["category_id"] == wanted for a in labelled[row["id"]])
        ]
    if not images or not preferred:
        raise InputError(f"{source}: shows none of what was asked for; give labelled pictures")
    builder = CocoBuilder({"tiled_from": str(args.data), "seed": args.seed}, taxonomy.categories)
    rng = np.random.default_rng(args.seed)
    for number in range(args.num):
        name = f"tiled_{number:06d}.jpg"
        canvas = np.zeros((args.size, args.size, 3), np.uint8)
        image_id = builder.add_image(name, args.size, args.size)
        for x1, y1, x2, y2 in sample_tiles(args.size, rng):
            chosen = preferred if rng.random() < 0.7 else images
            row = chosen[rng.integers(len(chosen))]
            pixels = read_image(locate_picture(row, picture_folder(source), source))
            own = labelled[row["id"]]
            matrix = sample_fit(own[0]["bbox"], (x2 - x1, y2 - y1), rng)
            canvas[y1:y2, x1:x2] = draw_tile(pixels, matrix, (x2 - x1, y2 - y1))
            for annotation in own:
                add(builder, image_id, annotation, matrix, (x1, y1, x2, y2), source)
        write_image(target.parent / "images" / name, canvas, quality=95)
    builder.write(target)
    if note := carry_taxonomy([args.data], args.out):
        print(note)
    return builder


def sample_tiles(size: int, rng: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """Two tiles one above the other, or four; (x1, y1, x2, y2) each."""
    x, y = (int(v) for v in rng.uniform(0.42, 0.58, 2) * size)
    if rng.random() < 0.4:
        return [(0, 0, size, y), (0, y, size, size)]
    return [(0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size)]


def sample_fit(bbox: list[float], size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(2, 3) from a photograph to a tile of ``size`` that its instrument nearly fills."""
    x, y, width, height = bbox
    scale = min(size[0] / max(width, 1), size[1] / max(height, 1)) * rng.uniform(0.55, 0.98)
    scale = min(scale, MOST_ENLARGED)
    center = np.array(size) * rng.uniform(0.4, 0.6, 2)
    shift = center - scale * np.array([x + width / 2, y + height / 2])
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])


def draw_tile(pixels: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """What a tile (w, h) shows of an (H, W, 3) photograph under a (2, 3) scale and shift.

    A photograph that shrinks much is averaged first: a warp takes single pixels, whatever its
    flags say. Outside of it lies its median color, and not its mirror image, which would show
    instruments without labels.
    """
    outside = np.median(pixels.reshape(-1, 3), axis=0).tolist()
    if matrix[0, 0] < 0.7:
        own = np.array(pixels.shape[1::-1])
        smaller = np.maximum(1, np.round(own * matrix[0, 0])).astype(int)
        pixels = cv2.resize(pixels, smaller.tolist(), interpolation=cv2.INTER_AREA)
        factor = own / smaller  # pixel centers are on integers
        shift = matrix[:, 2] + matrix[0, 0] * (factor - 1) / 2
        matrix = np.column_stack([np.diag(matrix[0, 0] * factor), shift])
    return cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR, borderValue=outside)


def add(
    builder: Any,
    image_id: int,
    annotation: dict,
    matrix: np.ndarray,
    tile: tuple[int, int, int, int],
    source: Path,
) -> None:
    """The annotation in the picture of tiles; what the tile cuts off is not known there.

    Raises:
        InputError: it has weights that are none.
    """
    corner, size = np.array(tile[:2]), np.array(tile[2:]) - tile[:2]
    points = np.array(annotation.get("keypoints") or (), float).reshape(-1, 3)
    points[:, :2] = points[:, :2] * matrix[0, 0] + matrix[:, 2]
    lost = ((points[:, :2] < 0) | (points[:, :2] >= size)).any(axis=1)
    points[lost] = 0
    points[~lost, :2] += corner
    x, y, width, height = annotation["bbox"]
    box = np.array([[x, y], [x + width, y + height]]) * matrix[0, 0] + matrix[:, 2]
    low, high = box.clip(0, size)
    if (high - low < 3).any():
        return
    soft = {}
    if (weights := annotation.get("keypoint_weights")) is not None:
        where = f"{source}: annotation {annotation['id']}: keypoint_weights"
        weights = finite_numbers(weights, len(points), where)
        soft = {"keypoint_weights": np.where(lost, 0, weights).tolist()}
    builder.add_annotation(
        image_id,
        annotation["category_id"],
        points,
        (*(low + corner), *(high - low)),
        iscrowd=int(annotation.get("iscrowd", 0)),
        **soft,
    )


if __name__ == "__main__":
    sys.exit(main())
