"""Shared fixtures: data sets drawn by code, in the conventions of the real ones.

The instruments are outlines of a few strokes: a needle holder is an X with two rings, tweezers are
a V with bent arms. They are enough to tell the categories and the sides apart.
"""

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.metainfo import INSTRUMENTS, order_sides

os.environ.setdefault("MPLBACKEND", "Agg")
cv2.setNumThreads(0)  # forked loader workers hang on OpenCV's own threads

# Own order of metainfo, in instrument lengths; x to the right, y from the base 0 to the tips 1.
OUTLINES = {
    1: np.array([[0, 0.62], [-0.16, 0.12], [-0.05, 1], [0.16, 0.12], [0.05, 1]]),
    2: np.array([[0, 0], [-0.1, 0.5], [-0.07, 1], [0.1, 0.5], [0.07, 1]]),
}


def draw_instrument(
    image: np.ndarray, category_id: int, center: np.ndarray, angle: float, length: float
) -> tuple[np.ndarray, list[float]]:
    """Draw one instrument into ``image``.

    Args:
        image: (H, W, 3) uint8, changed in place.
        center: (2,) x, y in pixels of the middle of the instrument.
        angle: radians, clockwise from "tips up".
        length: pixels from base to tips.

    Returns:
        (k, 3) keypoints in own order, all visible, sides by the image-side rule; and the tight
        ``xywh`` box of the drawn pixels.
    """
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    upright = (OUTLINES[category_id] - [0, 0.5]) * [1, -1] * length
    points = upright @ rotation.T + center
    mask = np.zeros(image.shape[:2], np.uint8)
    thickness = max(2, round(length / 25))

    def stroke(a: int, b: int) -> None:
        cv2.line(mask, points[a].round().astype(int), points[b].round().astype(int), 1, thickness)

    if category_id == 1:
        for handle, tip in ((1, 4), (3, 2)):  # the halves cross at the joint
            stroke(handle, 0)
            stroke(0, tip)
            ring = points[handle].round().astype(int)
            cv2.circle(mask, ring, round(length * 0.09), 1, thickness)
    else:
        for arm, tip in ((1, 2), (3, 4)):
            stroke(0, arm)
            stroke(arm, tip)
    image[mask > 0] = (225, 220, 215)
    rows, columns = np.nonzero(mask)
    x, y = columns.min(), rows.min()
    box = [float(x), float(y), float(columns.max() - x + 1), float(rows.max() - y + 1)]
    keypoints = np.column_stack([points, np.full(len(points), 2.0)])
    return keypoints[order_sides(keypoints, category_id)], box


def draw_split(folder: Path, num_images: int, size: int, seed: int) -> Path:
    """Write ``folder/images`` and ``folder/coco_keypoints.json``; every picture has one instrument
    of each category, except every eighth, which is empty."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    builder = CocoBuilder({"description": "drawn by tests/conftest.py", "seed": seed})
    for index in range(num_images):
        image = np.full((size, size, 3), rng.integers(40, 110), np.uint8)
        name = f"{index:05d}.jpg"
        image_id = builder.add_image(name, size, size)
        for column, instrument in enumerate(INSTRUMENTS if index % 8 != 7 else ()):
            center = np.array([size * (0.27 + 0.46 * column), size / 2])
            angle, length = rng.uniform(-0.5, 0.5), size * rng.uniform(0.6, 0.75)
            drawn = draw_instrument(image, instrument.id, center, angle, length)
            builder.add_annotation(image_id, instrument.id, *drawn)
        image = np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)
        cv2.imwrite(str(folder / "images" / name), image)
    builder.write(folder / "coco_keypoints.json")
    return folder


@pytest.fixture
def draw_dataset(tmp_path: Path) -> Callable[..., Path]:
    """Draw a data set folder with the given number of pictures per split.

    ``draw_dataset(train=8, val=4, size=128, seed=0)`` returns its path.
    """

    def draw(size: int = 128, seed: int = 0, name: str = "drawn", **splits: int) -> Path:
        for offset, (split, count) in enumerate((splits or {"train": 8, "val": 8}).items()):
            draw_split(tmp_path / name / split, count, size, seed + 1000 * offset)
        return tmp_path / name

    return draw


@pytest.fixture
def drawn_dataset(draw_dataset: Callable[..., Path]) -> Path:
    """A data set folder of 8 training and 8 validation pictures of 128 x 128 pixels."""
    return draw_dataset()


@pytest.fixture(scope="session")
def random_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A detector and a pose model with random weights that answer something.

    Batch norm is calibrated on noise, so that features vary with the picture; without it a random
    network says the same everywhere. Keys are the arguments of ``Inferencer``.
    """
    import torch
    from mmengine.registry import MODELS, DefaultScope

    import surgtools.register  # noqa: F401
    from surgtools.config_files import load_config

    configs = Path(__file__).parents[1] / "configs"
    files = {
        "det_model": sorted(configs.glob("detection/rtmdet-tiny*.py"))[0],
        "pose2d": sorted(configs.glob("pose/rtmpose-t*.py"))[0],
    }
    folder = tmp_path_factory.mktemp("random_models")
    generator = torch.Generator().manual_seed(0)
    result = {}
    for (name, path), scope in zip(files.items(), ("mmdet", "mmpose"), strict=True):
        with DefaultScope.overwrite_default_scope(scope):
            model = MODELS.build(load_config(path).model)
        outputs = (
            ((model.bbox_head.rtm_cls, 0.3, -3.5), (model.bbox_head.rtm_reg, 0.2, 3.5))
            if scope == "mmdet"
            else (
                (model.head.cls_x, 0.1, 0),
                (model.head.cls_y, 0.1, 0),
                (model.head.final_layer, 0.1, 0),
            )
        )
        for part, spread, bias in outputs:
            for layer in part if isinstance(part, torch.nn.ModuleList) else (part,):
                torch.nn.init.normal_(layer.weight, std=spread, generator=generator)
                if layer.bias is not None:
                    torch.nn.init.constant_(layer.bias, bias)
        for layer in model.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = None  # plain average
        noise = torch.rand(4, 3, 8, 8, generator=generator)
        blobs = torch.nn.functional.interpolate(noise, size=256, mode="bicubic")
        with torch.no_grad():
            model.train().extract_feat(4 * blobs - 2)
            if scope == "mmdet":
                model.bbox_head(model.extract_feat(4 * blobs - 2))
        weights = folder / f"{name}.pth"
        torch.save({"state_dict": model.state_dict(), "meta": {}}, weights)
        key = "det_weights" if scope == "mmdet" else "pose2d_weights"
        result |= {name: str(path), key: str(weights)}
    return result
