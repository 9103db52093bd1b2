"""Recordings made of single renders: the camera drifts over one while it is shown.

Frames of a shot are nearly the same, as those of real videos are. The drift is a shift, so that
labels stay exact.

Shapes: k keypoints of an instance. Boxes are ``xywh`` in pixels.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.annotations.coco import CocoBuilder  # noqa: E402
from surgtools.dataset_folder import ANNOTATIONS  # noqa: E402
from surgtools.files import read_json  # noqa: E402

LONGEST = 16
"""Frames of the longest shot; lengths are even in their logarithm, so most shots are short."""
CROP = 0.9
"""Side of the camera's window over that of the render: how far it may drift."""
SMALLEST = 8
"""Pixels; instances of which less is seen have no label."""

Instances = list[tuple[int, np.ndarray, np.ndarray]]
"""Category, (k, 3) keypoints with visibility, box."""


def write_shots(
    out: Path, renders: Sequence[tuple[str, Path, int]], rng: np.random.Generator
) -> Path:
    """Write pictures and labels of shots, unless they are there.

    Args:
        out: gets ``images`` and ``coco_keypoints.json``.
        renders: what a kind of shots is called, a part of a data set, and how many frames.
    """
    if (out / ANNOTATIONS).exists():
        return out
    builder = CocoBuilder({"shots of": [str(folder) for _, folder, _ in renders]})
    for kind, folder, left in renders:
        rows = read_json(folder / ANNOTATIONS)
        for shot, index in enumerate(rng.permutation(len(rows["images"]))):
            length = min(int(np.exp(rng.uniform(0, np.log(LONGEST + 1)))), left)
            image = rows["images"][index]
            picture = cv2.imread(str(folder / "images" / image["file_name"]))
            ends = rng.uniform(0, 1 - CROP, (2, 2)) * picture.shape[1::-1]
            for t in range(length):
                corner = (ends[0] + (ends[1] - ends[0]) * t / LONGEST).astype(int)
                moment = see_moment(picture, instances_of(rows, image), corner, rng)
                add_picture(builder, out, f"{kind}_{shot:03}_{t:02}.jpg", *moment)
            left -= length
            if not left:
                break
    builder.write(out / ANNOTATIONS)
    return out


def shot_of(name: str) -> str:
    """The shot that a picture of ``write_shots`` is of."""
    return name.rsplit("_", 1)[0]


def see_moment(
    picture: np.ndarray, instances: Instances, corner: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, Instances]:
    """The window at a corner (x, y): a little brighter or darker, with noise."""
    width, height = (int(side * CROP) for side in picture.shape[1::-1])
    x, y = corner
    seen = picture[y : y + height, x : x + width] * rng.uniform(0.95, 1.05)
    seen = np.clip(seen + rng.normal(0, 2, seen.shape), 0, 255).astype(np.uint8)
    moved = []
    for category_id, keypoints, box in instances:
        low = np.clip(box[:2] - corner, 0, (width, height))
        high = np.clip(box[:2] + box[2:] - corner, 0, (width, height))
        keypoints = keypoints - [x, y, 0]
        inside = ((keypoints[:, :2] >= 0) & (keypoints[:, :2] <= (width - 1, height - 1))).all(1)
        keypoints[~inside] = 0
        if (high - low).min() >= SMALLEST and (keypoints[:, 2] > 0).any():
            moved.append((category_id, keypoints, np.array([*low, *(high - low)])))
    return seen, moved


def copy_pictures(rows: dict, images: Sequence[dict], pictures: Path, out: Path) -> CocoBuilder:
    """Write some pictures of a data set, and their labels, to another; returns the labels."""
    builder = CocoBuilder()
    for image in images:
        picture = cv2.imread(str(pictures / image["file_name"]))
        add_picture(builder, out, image["file_name"], picture, instances_of(rows, image))
    builder.write(out / ANNOTATIONS)
    return builder


def instances_of(rows: dict, image: dict) -> Instances:
    """What a COCO file says of an image."""
    return [
        (a["category_id"], np.reshape(a["keypoints"], (-1, 3)).astype(float), np.array(a["bbox"]))
        for a in rows["annotations"]
        if a["image_id"] == image["id"]
    ]


def add_picture(
    builder: CocoBuilder, out: Path, name: str, picture: np.ndarray, instances: Instances
) -> None:
    """Write a picture to ``out/images`` and add its labels."""
    (out / "images").mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out / "images" / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 95])
    image_id = builder.add_image(name, picture.shape[1], picture.shape[0])
    for category_id, keypoints, box in instances:
        builder.add_annotation(image_id, category_id, keypoints, box)
