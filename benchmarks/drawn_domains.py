"""Two drawn domains for benchmarks of adaptation: pictures with exact labels in milliseconds.

A needle holder is two crossing halves with rings, tweezers are two bent arms; scissor-like and
plain distractors are never labelled. ``SOURCE`` is a plain table, ``TARGET`` has another light,
other colors, texture, blur and noise. Nothing here is a stand-in for real pictures: it makes
hundreds of runs affordable in which the truth is known.

    python benchmarks/drawn_domains.py OUT
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from surgtools.annotations.coco import CocoBuilder  # noqa: E402
from surgtools.metainfo import order_sides  # noqa: E402

SIZE = 224


@dataclass(frozen=True)
class Look:
    """The look of a drawn domain: colors, blur and noise.

    Attributes:
        ground: range of the gray level of the ground.
        metal: range of the gray level of the instruments.
        tint: largest deviation of a color channel.
        texture: strength of cloth and stains on the ground.
        blur: largest sigma in pixels.
        noise: largest sigma in levels.
        distractors: largest number of unlabelled objects.
        empty: share of pictures without an instrument.
    """

    ground: tuple[int, int] = (60, 130)
    metal: tuple[int, int] = (190, 235)
    tint: float = 8
    texture: float = 6
    blur: float = 0.4
    noise: float = 3
    distractors: int = 1
    empty: float = 0.1


SOURCE = Look()
TARGET = Look((70, 150), (150, 215), 45, 30, 1.6, 14, 2, 0.15)
BACKGROUND = Look((70, 150), (150, 215), 45, 30, 1.6, 14, 3, 1.0)
"""The target without instruments."""


def sample_shape(category_id: int, rng: np.random.Generator) -> np.ndarray:
    """(5, 2) keypoints of an instrument of length 1, tips up (y negative), metal sides."""
    if category_id == 1:
        half, jaw = rng.uniform(0.03, 0.45), rng.uniform(0.22, 0.34)
        shank, curve = 1 - jaw, rng.uniform(0.02, 0.06)
        left = np.array([-np.sin(half) * shank - curve, np.cos(half) * shank])
        tip = np.array([-np.sin(half) * jaw, -np.cos(half) * jaw])
        mirror = np.array([-1, 1])
        return np.array([(0, 0), left, tip, left * mirror, tip * mirror])
    opening, bow = rng.uniform(0.02, 0.16), rng.uniform(0.02, 0.06)
    arm = np.array([-opening / 2 - bow, -0.5])
    tip = np.array([-opening, -1.0])
    mirror = np.array([-1, 1])
    return np.array([(0, 0), arm, tip, arm * mirror, tip * mirror])


def draw_pair(mask: np.ndarray, points: np.ndarray, category_id: int, width: int) -> None:
    """Draw one instrument of (5, 2) pixel keypoints into a uint8 mask."""

    def line(*indices: int) -> None:
        path = points[list(indices)].round().astype(np.int32)[:, None]
        cv2.polylines(mask, [path], False, 1, width)

    if category_id == 1:
        for handle, tip in ((1, 4), (3, 2)):  # the halves cross
            line(handle, 0, tip)
            cv2.circle(mask, points[handle].round().astype(int), 3 * width, 1, width)
        cv2.circle(mask, points[0].round().astype(int), width, 1, -1)
    else:
        line(0, 1, 2)
        line(0, 3, 4)
        cv2.circle(mask, points[0].round().astype(int), width, 1, -1)


def draw_distractor(mask: np.ndarray, rng: np.random.Generator) -> None:
    """A rod, a ring or a plate."""
    a, b = rng.uniform(0, SIZE, (2, 2)).round().astype(int)
    kind = rng.integers(3)
    if kind == 0:
        cv2.line(mask, a, b, 1, int(rng.integers(2, 9)))
    elif kind == 1:
        cv2.circle(mask, a, int(rng.integers(6, 24)), 1, int(rng.integers(2, 5)))
    else:
        box = (a.tolist(), rng.integers(8, 60, 2).tolist(), float(rng.uniform(0, 180)))
        cv2.fillPoly(mask, [cv2.boxPoints(box).astype(np.int32)], 1)


def sample_picture(
    look: Look, rng: np.random.Generator
) -> tuple[np.ndarray, list[tuple[int, np.ndarray, list[float]]]]:
    """One picture and its instances: category, (k, 3) keypoints, ``xywh`` box."""
    ground = rng.uniform(*look.ground) + rng.uniform(-look.tint, look.tint, 3)
    image = np.ones((SIZE, SIZE, 3)) * ground
    for scale in (4, 16, 60):
        field = rng.normal(0, look.texture / 2, (SIZE // scale + 2, SIZE // scale + 2))
        image += cv2.resize(field, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)[..., None]
    for _ in range(rng.integers(look.distractors + 1)):
        mask = np.zeros((SIZE, SIZE), np.uint8)
        draw_distractor(mask, rng)
        image = _paint(image, mask, look, rng)
    instances = []
    for _ in range(0 if rng.random() < look.empty else 1 + (rng.random() < 0.25)):
        category_id = int(rng.integers(1, 3))
        length = rng.uniform(0.45, 0.8) * SIZE
        angle = rng.uniform(0, 2 * np.pi)
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        shape = sample_shape(category_id, rng)
        points = (shape - shape.mean(axis=0)) @ turn.T * length
        low, high = points.min(axis=0), points.max(axis=0)
        points += rng.uniform(12 - low, np.maximum(SIZE - 12 - high, 13 - low))
        mask = np.zeros((SIZE, SIZE), np.uint8)
        draw_pair(mask, points, category_id, int(rng.integers(3, 6)))
        if any(_overlaps(mask, other) for *_, other in instances):
            continue
        image = _paint(image, mask, look, rng)
        rows, columns = np.nonzero(mask)
        x, y = float(columns.min()), float(rows.min())
        box = [x, y, float(columns.max() - x + 1), float(rows.max() - y + 1)]
        keypoints = np.column_stack([points, np.full(5, 2)])
        instances.append((category_id, keypoints[order_sides(points, category_id)], box, mask))
    image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.3 + look.blur))
    image += rng.normal(0, rng.uniform(0, look.noise) + 0.1, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8), [row[:3] for row in instances]


def _overlaps(a: np.ndarray, b: np.ndarray) -> bool:
    return bool((a & b).any())


def _paint(
    image: np.ndarray, mask: np.ndarray, look: Look, rng: np.random.Generator
) -> np.ndarray:
    shadow = cv2.GaussianBlur(np.roll(mask, (4, 4), (0, 1)).astype(float), (0, 0), 3)
    image = image * (1 - 0.35 * shadow[..., None])
    color = rng.uniform(*look.metal) + rng.uniform(-look.tint, look.tint, 3) / 2
    inner = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    shine = color + 12 * np.minimum(inner, 3)[..., None] - 18
    return np.where(mask[..., None] > 0, shine, image)


def write_split(folder: Path, count: int, look: Look, seed: int) -> Path:
    """Write ``folder/images`` and ``folder/coco_keypoints.json``."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True, exist_ok=True)
    builder = CocoBuilder({"look": repr(look), "seed": seed})
    for number in range(count):
        image, instances = sample_picture(look, rng)
        name = f"{number:05d}.jpg"
        cv2.imwrite(str(folder / "images" / name), image, [cv2.IMWRITE_JPEG_QUALITY, 92])
        image_id = builder.add_image(name, SIZE, SIZE)
        for category_id, keypoints, box in instances:
            builder.add_annotation(image_id, category_id, keypoints, box)
    builder.write(folder / "coco_keypoints.json")
    return folder


def write_domains(out: Path, train: int = 1500, target: int = 300) -> None:
    """``source/{train,val}``, ``target/{train,val}`` and ``background/train``."""
    write_split(out / "source/train", train, SOURCE, 1)
    write_split(out / "source/val", 150, SOURCE, 2)
    write_split(out / "target/train", target, TARGET, 3)
    write_split(out / "target/val", 150, TARGET, 4)
    write_split(out / "background/train", target, BACKGROUND, 5)


def main() -> None:
    """Draw both domains."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--train", type=int, default=1500)
    parser.add_argument("--target", type=int, default=300)
    args = parser.parse_args()
    write_domains(args.out, args.train, args.target)


if __name__ == "__main__":
    main()
