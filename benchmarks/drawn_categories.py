"""Three drawn categories of 7, 2 and 4 keypoints, with ids 7, 3 and 90: a small data set.

Every picture shows two things, any way up. Left parts are blue and right parts are red, so that
sides belong to the thing. For benchmarks that ask whether categories with different keypoints go
together; nothing here is a stand-in for real pictures.

    python benchmarks/drawn_categories.py OUT
"""

import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.annotations.coco import CocoBuilder  # noqa: E402
from surgtools.taxonomy import Category, Taxonomy  # noqa: E402

SIZE = 160

FORCEPS, PROBE, CLAMP = (
    Category(
        7,
        "forceps",
        ("hinge", "left_ring", "right_ring", "left_shank", "right_shank", "left_tip", "right_tip"),
        swaps=(
            ("left_ring", "right_ring"),
            ("left_shank", "right_shank"),
            ("left_tip", "right_tip"),
        ),
        skeleton=(
            ("left_ring", "left_shank"),
            ("left_shank", "hinge"),
            ("hinge", "left_tip"),
            ("right_ring", "right_shank"),
            ("right_shank", "hinge"),
            ("hinge", "right_tip"),
        ),
    ),
    Category(3, "probe", ("handle", "tip"), skeleton=(("handle", "tip"),)),
    Category(
        90,
        "clamp",
        ("handle", "joint", "left_tip", "right_tip"),
        swaps=(("left_tip", "right_tip"),),
        skeleton=(("handle", "joint"), ("joint", "left_tip"), ("joint", "right_tip")),
    ),
)  # fmt: skip
TAXONOMY = Taxonomy("drawn", (FORCEPS, PROBE, CLAMP))

SHAPES = {
    FORCEPS.id: [[0, 0], [-0.2, 0.5], [0.2, 0.5], [-0.12, 0.2], [0.12, 0.2], [-0.12, -0.5],
                 [0.12, -0.5]],
    PROBE.id: [[0, 0.5], [0, -0.5]],
    CLAMP.id: [[0, 0.5], [0, -0.1], [-0.2, -0.5], [0.2, -0.5]],
}  # fmt: skip
"""Keypoints in lengths of the thing, tips up, around its middle."""

BLUE, RED, GREY = (235, 120, 60), (60, 80, 235), (215, 215, 215)


def draw(folder: Path, num: int, seed: int, categories: Sequence[Category] = ()) -> Path:
    """Write ``folder/images`` and ``folder/coco_keypoints.json``.

    Args:
        categories: of ``TAXONOMY`` that are drawn in turn; all when none is named.
    """
    categories = categories or TAXONOMY.categories
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    builder = CocoBuilder({"description": "drawn", "seed": seed}, categories)
    for index in range(num):
        image = np.full((SIZE, SIZE, 3), rng.integers(30, 100), np.uint8)
        image_id = builder.add_image(f"{index:05d}.png", SIZE, SIZE)
        for place in (0, 1):
            category = categories[(2 * index + place) % len(categories)]
            center = SIZE * np.array([0.28 + 0.44 * place, rng.uniform(0.35, 0.65)])
            keypoints, box = draw_one(image, category, center, rng)
            builder.add_annotation(image_id, category.id, keypoints, box)
        image = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / f"{index:05d}.png"), image)
    builder.write(folder / "coco_keypoints.json")
    return folder


def draw_one(
    image: np.ndarray, category: Category, center: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, list[float]]:
    """Draw one thing into ``image``; keypoints (k, 3) and the ``xywh`` box of its pixels."""
    angle, length = rng.uniform(-np.pi, np.pi), SIZE * rng.uniform(0.4, 0.55)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = np.array(SHAPES[category.id]) * length @ turn + center
    mask = np.zeros(image.shape[:2], np.uint8)
    for bone in category.skeleton:
        start, end = (points[category.index(name)] for name in bone)
        color = next((c for c, side in ((BLUE, "left"), (RED, "right")) if side in "".join(bone)),
                     GREY)  # fmt: skip
        for at, (a, b) in enumerate(pairwise(np.linspace(start, end, 4))):
            ends = (tuple(np.rint(point).astype(int).tolist()) for point in (a, b))
            a, b = ends
            thick = 5 - at if category.id == PROBE.id else 3  # the tip of a probe is thin
            cv2.line(image, a, b, color, thick)
            cv2.line(mask, a, b, 1, thick)
    rows, columns = np.nonzero(mask)
    x, y = columns.min(), rows.min()
    box = [float(x), float(y), float(columns.max() - x + 1), float(rows.max() - y + 1)]
    return np.column_stack([points, np.full(len(points), 2.0)]), box


if __name__ == "__main__":
    print(draw(Path(sys.argv[1]) / "train", 32, 0))
