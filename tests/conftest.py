"""Shared fixtures: data sets drawn by code, in the conventions of the real ones.

The instruments are outlines of a few strokes: a needle holder is an X with two rings, tweezers are
a V with bent arms. They are enough to tell the categories and the sides apart.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import jsonschema
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.metainfo import INSTRUMENTS, order_sides
from surgtools.schemas import load_schema
from surgtools.taxonomy import COCO_PERSON

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


PERSON = np.array(
    [[0, 0.06], [0.02, 0.04], [-0.02, 0.04], [0.05, 0.05], [-0.05, 0.05], [0.12, 0.2],
     [-0.12, 0.2], [0.18, 0.36], [-0.18, 0.36], [0.2, 0.52], [-0.2, 0.52], [0.08, 0.54],
     [-0.08, 0.54], [0.09, 0.76], [-0.09, 0.76], [0.09, 0.98], [-0.09, 0.98]]
)  # fmt: skip
"""Seen from the front, head up, in body heights: the person's left is the viewer's right."""


def draw_person(image: np.ndarray, center: np.ndarray, height: float) -> tuple:
    """Draw a figure of strokes; returns keypoints (17, 3) and ``xywh`` as ``draw_instrument``."""
    points = (PERSON - [0, 0.5]) * height + center
    mask = np.zeros(image.shape[:2], np.uint8)
    for a, b in COCO_PERSON.categories[0].skeleton_indices:
        ends = (points[index].round().astype(int) for index in (a, b))
        cv2.line(mask, *ends, 1, max(2, round(height / 25)))
    image[mask > 0] = (190, 200, 225)
    rows, columns = np.nonzero(mask)
    x, y = columns.min(), rows.min()
    box = [float(x), float(y), float(columns.max() - x + 1), float(rows.max() - y + 1)]
    return np.column_stack([points, np.full(len(points), 2.0)]), box


def draw_persons(folder: Path, names: list[str], size: int, seed: int) -> Path:
    """Write one picture with one person for every name, as ``draw_split`` does."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    builder = CocoBuilder({"description": "drawn"}, COCO_PERSON.categories)
    for name in names:
        image = np.full((size, size, 3), rng.integers(40, 110), np.uint8)
        image_id = builder.add_image(name, size, size)
        center = size * rng.uniform(0.45, 0.55, 2)
        drawn = draw_person(image, center, size * rng.uniform(0.6, 0.8))
        builder.add_annotation(image_id, 1, *drawn)
        cv2.imwrite(str(folder / "images" / name), image)
    builder.write(folder / "coco_keypoints.json")
    return folder


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


@pytest.fixture(autouse=True)
def no_default_scope() -> Iterator[None]:
    """Start every test without the hosts' default scope, whatever ran before it in its process."""
    if "mmengine.registry" in sys.modules:
        sys.modules["mmengine.registry"].DefaultScope._instance_dict.clear()
    yield


@pytest.fixture(autouse=True)
def every_predictions_file_fits_the_schema(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test, hold whatever ``predict`` left in its folder against the JSON Schema."""
    yield
    folder = request.node.funcargs.get("tmp_path")
    for path in folder.rglob("predictions.json") if folder else ():
        content = json.loads(path.read_text())
        if isinstance(content, dict) and content.get("meta_info"):  # else written by the test
            jsonschema.validate(content, load_schema("predictions"))


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


@pytest.fixture
def drawn_persons(tmp_path: Path) -> Path:
    """A data set folder of persons: 4 training and 4 validation pictures of 128 x 128 pixels."""
    for seed, split in enumerate(("train", "val")):
        names = [f"{index:05d}.jpg" for index in range(4)]
        draw_persons(tmp_path / "persons" / split, names, 128, seed)
    return tmp_path / "persons"


@pytest.fixture(scope="session")
def random_models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A detector and a pose model with random weights that answer something.

    Batch norm and the size of the outputs are calibrated on noise, so that answers vary
    with the picture; without it a random network says the same everywhere. Keys are the arguments
    of ``Inferencer``.
    """
    import torch
    from mmengine.registry import MODELS, DefaultScope

    import surgtools.register  # noqa: F401
    from surgtools.hosts.config_files import load_config

    configs = Path(__file__).parents[1] / "configs"
    files = {
        "det": (
            "mmdet",
            "det_model",
            configs / "detection/rtmdet-tiny_60e_instruments-320x320.py",
        ),
        "pose2d": ("mmpose", "pose2d", next(configs.glob("pose/rtmpose-t*256x256.py"))),
    }
    folder = tmp_path_factory.mktemp("random_models")
    generator = torch.Generator().manual_seed(0)
    noise = (torch.rand(4, 3, cells, cells, generator=generator) for cells in (6, 24, 256))
    resize = torch.nn.functional.interpolate
    pictures = sum(resize(part, size=256, mode="bicubic") for part in noise) * 2 - 3
    result = {}
    for key, (scope, argument, path) in files.items():
        torch.manual_seed(1)
        with DefaultScope.overwrite_default_scope(scope):
            model = MODELS.build(load_config(path).model)
        head = model.bbox_head if scope == "mmdet" else model.head
        for layer in model.modules():
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.momentum = None  # plain average
        with torch.no_grad():
            head(model.train().extract_feat(pictures))
            answers = head(model.eval().extract_feat(pictures))
            if scope == "mmdet":
                aims = zip(
                    (head.rtm_cls, head.rtm_reg), answers, ((0.2, -3.0), (2.0, 30.0)), strict=True
                )
                for layers, levels, (spread, middle) in aims:
                    strides = (8, 16, 32) if middle > 0 else (1, 1, 1)
                    for layer, level, stride in zip(layers, levels, strides, strict=True):
                        middles = level.mean(dim=(0, 2, 3)) / stride
                        layer.weight *= spread / level.std()
                        layer.bias[:] = middle / stride - middles * spread / level.std()
            else:
                for layer, answer in zip((head.cls_x, head.cls_y), answers[:2], strict=True):
                    layer.weight *= 0.1 / answer.std()
                head.presence.decide.bias += 8 - answers[3].mean(dim=0)  # rejects nothing
        weights = folder / f"{key}.pth"
        torch.save({"state_dict": model.state_dict(), "meta": {}}, weights)
        result |= {argument: str(path), f"{key}_weights": str(weights)}
    return result


@pytest.fixture(scope="session")
def random_vitpose(
    random_models: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """``random_models`` with a ViTPose whose heatmaps vary with the picture."""
    import torch
    from mmengine.registry import MODELS, DefaultScope

    from surgtools.hosts.config_files import load_config

    config = next(Path(__file__).parents[1].glob("configs/pose/vitpose-s*_instruments-*.py"))
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmpose"):
        model = MODELS.build(load_config(config).model)
    torch.nn.init.normal_(model.head.final_layer.weight, std=0.5)
    weights = tmp_path_factory.mktemp("random_vitpose") / "pose2d.pth"
    torch.save({"state_dict": model.state_dict(), "meta": {}}, weights)
    return random_models | {"pose2d": str(config), "pose2d_weights": str(weights)}
