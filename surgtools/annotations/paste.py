"""Make new training pictures from layers: instruments with alpha over other backgrounds.

A layer is an RGBA picture named by ``images[].layer``; its alpha holds instruments, what hides
them and their shadows, so that laying it over any background keeps the labels true. Each new
picture also turns the layer by quarter turns and mirrors it, the eight ways that move boxes,
keypoints and masks without rounding.

Pixels, pixel centers on integers: mirroring x in a picture of width w gives w - 1 - x.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.masks import decode_mask, encode_mask
from surgtools.annotations.pictures import read_picture
from surgtools.dataset_folder import ANNOTATIONS
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.images import pictures_below, read_stored
from surgtools.safe_names import path_to_read
from surgtools.taxonomy import SURGICAL, Taxonomy

_KEPT = ("iscrowd", "certain_left_right", "opening_angle")
"""Fields that stay true when a picture is turned and mirrored."""


def find_backgrounds(folders: Sequence[str | Path]) -> list[Path]:
    """All pictures of some folders, sorted.

    Raises:
        InputError: a folder is missing or there is no picture.
    """
    paths: list[Path] = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise InputError(f"{folder}: no such folder; give folders of background pictures")
        paths += pictures_below(folder)
    if not paths:
        raise InputError(f"{', '.join(map(str, folders))}: no picture found")
    return paths


def paste_layers(
    content: dict,
    layer_root: Path,
    backgrounds: Sequence[Path],
    out: Path,
    num: int,
    rng: np.random.Generator,
    allow_outside: bool = False,
    taxonomy: Taxonomy = SURGICAL,
) -> CocoBuilder:
    """Write ``num`` pictures and their labels as ``out/images`` and ``out/coco_keypoints.json``.

    Args:
        content: COCO content; images without ``layer`` are not used.
        layer_root: folder of the layers.
        backgrounds: pictures to draw from.
        rng: decides layers, backgrounds, crops and turns.
        allow_outside: layers may lie outside of their folder; see ``safe_names``.

    Raises:
        InputError: no layer, or one that cannot be read or has no alpha.
    """
    images = [image for image in content["images"] if image.get("layer")]
    if not images:
        raise InputError("no image names a `layer`; render with `surgtools generate ... --layers`")
    by_image: dict[object, list[dict]] = {}
    for annotation in content["annotations"]:
        by_image.setdefault(annotation["image_id"], []).append(annotation)
    builder = CocoBuilder({"pasted_from": str(layer_root), "num": num}, taxonomy.categories)
    order = np.concatenate([rng.permutation(len(images)) for _ in range(-(-num // len(images)))])
    for number, pick in enumerate(order[:num].tolist()):
        image = images[pick]
        path = path_to_read(
            layer_root, image["layer"], f"layer of image {image['id']}", allow_outside
        )
        layer = read_layer(path)
        height, width = layer.shape[:2]
        if (width, height) != (int(image["width"]), int(image["height"])):
            raise InputError(
                f"{path}: has {width} x {height} pixels, its image entry "
                f"says {image['width']} x {image['height']}; render it again"
            )
        mirror, turns = bool(rng.integers(2)), int(rng.integers(4))
        layer = np.rot90(layer[:, ::-1] if mirror else layer, -turns)
        path = backgrounds[rng.integers(len(backgrounds))]
        background = crop_background(read_picture(path), layer.shape[1], layer.shape[0], rng)
        name = f"paste_{number:06d}.jpg"
        with write_whole(out / "images" / name) as part:
            picture = lay_over(layer, background)
            part.write_bytes(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 95])[1])
        image_id = builder.add_image(
            name,
            layer.shape[1],
            layer.shape[0],
            source={"layer": image["layer"], "mirror": mirror, "turns": turns},
        )
        for annotation in by_image.get(image["id"], ()):
            moved = move_labels(annotation, width, height, mirror, turns, taxonomy)
            builder.add_annotation(image_id, annotation["category_id"], **moved)
    builder.write(out / ANNOTATIONS)
    return builder


def read_layer(path: Path) -> np.ndarray:
    """(H, W, 4) BGRA uint8, alpha not multiplied in.

    Raises:
        InputError: missing, no picture, or no alpha.
    """
    layer = read_stored(path)
    if layer.ndim != 3 or layer.shape[2] != 4:
        raise InputError(f"{path}: is no picture with alpha; a layer is an RGBA PNG")
    return layer if layer.dtype == np.uint8 else (layer // 257).astype(np.uint8)


def lay_over(layer: np.ndarray, background: np.ndarray) -> np.ndarray:
    """(H, W, 3) picture of a (H, W, 4) layer over a (H, W, 3) background of the same size."""
    alpha = layer[:, :, 3:].astype(np.float32) / 255
    mixed = alpha * layer[:, :, :3] + (1 - alpha) * background
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def crop_background(
    image: np.ndarray, width: int, height: int, rng: np.random.Generator
) -> np.ndarray:
    """A random crop of the wanted size; the picture is enlarged first when it is too small."""
    smallest = max(width / image.shape[1], height / image.shape[0])
    scale = smallest * rng.uniform(1.0, 1.6)
    size = (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(image, size, interpolation=way)
    x, y = rng.integers(size[0] - width + 1), rng.integers(size[1] - height + 1)
    image = image[y : y + height, x : x + width]
    return image[:, ::-1] if rng.integers(2) else image


def move_labels(
    annotation: dict,
    width: int,
    height: int,
    mirror: bool,
    turns: int,
    taxonomy: Taxonomy = SURGICAL,
) -> dict[str, Any]:
    """Labels of a picture that is mirrored (left to right) and then turned clockwise.

    Args:
        width, height: of the picture before.
        turns: quarter turns clockwise.
        taxonomy: says which keypoints trade places in a mirror.

    Returns:
        ``keypoints`` (k, 3), ``bbox`` and what else stays true, as ``CocoBuilder`` takes them.
        Mirroring exchanges left and right; turning does not.
    """
    instrument = taxonomy.get(annotation["category_id"])
    keypoints = np.array(annotation.get("keypoints") or (), dtype=float).reshape(-1, 3)
    x, y, box_width, box_height = annotation["bbox"]
    # Box edges are positions like keypoints on pixel centers.
    corners = np.array([[x, y], [x + box_width, y + box_height]], dtype=float)
    if mirror:
        keypoints[:, 0] = width - 1 - keypoints[:, 0]
        keypoints = keypoints[instrument.flip_indices]
        corners[:, 0] = width - 1 - corners[:, 0]
    for _ in range(turns % 4):
        keypoints[:, :2] = np.column_stack([height - 1 - keypoints[:, 1], keypoints[:, 0]])
        corners = np.column_stack([height - 1 - corners[:, 1], corners[:, 0]])
        width, height = height, width
    low = corners.min(axis=0).clip(0)  # boxes of other tools may reach one pixel further
    high = corners.max(axis=0)
    moved: dict[str, Any] = {"keypoints": keypoints, "bbox": [*low, *(high - low)]}
    moved.update({key: annotation[key] for key in _KEPT if key in annotation})
    if isinstance(annotation.get("segmentation"), dict):
        moved["segmentation"] = _move_mask(annotation, mirror, turns)
    return moved


def _move_mask(annotation: dict, mirror: bool, turns: int) -> dict:
    mask = decode_mask(annotation)
    return encode_mask(np.rot90(mask[:, ::-1] if mirror else mask, -turns))
