"""A domain in which an exact teacher is ten lines long: a needle holder is five bright dots."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.adaptation.labels.proposals import propose
from surgtools.annotations.coco import CocoBuilder
from surgtools.metainfo import order_sides
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.thresholds import Thresholds
from surgtools.taxonomy import SURGICAL

SIZE = 120


def dot_shape(angle: float, half_opening: float, center) -> np.ndarray:
    """(5, 2) keypoints of a needle holder by the image-side rule."""
    s, c = np.sin(half_opening), np.cos(half_opening)
    left = np.array([(0.0, 0), (-38 * s, 38 * c), (-22 * s, -22 * c)])
    shape = np.concatenate([left, left[1:] * [-1, 1]])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = shape @ turn.T + center
    return points[order_sides(points, 1)]


def draw_dots(points: np.ndarray, level: int = 230) -> np.ndarray:
    """(SIZE, SIZE, 3) picture of the dots on dark ground."""
    image = np.full((SIZE, SIZE, 3), 40, np.uint8)
    for x, y in points:
        cv2.circle(image, (round(x), round(y)), 3, (level,) * 3, -1)
    return image


def box_of(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points.min(axis=0) - 3, points.max(axis=0) + 3])


class Answering(Predictor):
    """Networks that are a function of pictures to instances."""

    def __init__(self, function) -> None:
        super().__init__(None, None, Thresholds(0.0, place=1.0, doubtful=1.0))
        self.function = function

    def predict_view(self, images, boxes=None, views=()):
        return self.function(images)


class DotFinder(Predictor):
    """Find the dots of any view and name them by geometry.

    The joint is the dot nearest to all others; handles are farther from it than tips. Its score
    falls with the contrast.

    Args:
        offset: error in pixels of the first call only.
        blind_from: number of the call from which nothing is found.
    """

    def __init__(self, offset: float = 0.0, blind_from: int = 1 << 30) -> None:
        super().__init__(None, None, Thresholds(0.0, place=1.0, doubtful=1.0))
        self.calls, self.offset, self.blind_from = 0, offset, blind_from

    def predict_view(self, images, boxes=None, views=()):
        self.calls += 1
        return [self._find(image) for image in images]

    def _find(self, image):
        gray = (image[..., 0] > 127).astype(np.uint8)
        count, _, _, centers = cv2.connectedComponentsWithStats(gray)
        if count != 6 or self.calls >= self.blind_from:
            return []
        dots = centers[1:]
        apart = np.linalg.norm(dots[:, None] - dots[None], axis=-1)
        joint = apart.sum(axis=1).argmin()
        far = np.argsort(apart[joint])
        named = dots[[joint, far[3], far[1], far[4], far[2]]]
        named = named[order_sides(named, 1)] + (self.offset if self.calls == 1 else 0)
        score = float(np.clip((image.max() - 127) / 128, 0, 1))
        scores = np.full(5, score)
        return [Instance(1, box_of(named), score, named, scores, np.ones(5))]


class Saying:
    """Networks that say given instances of the pictures, one after the other."""

    def __init__(self, per_picture) -> None:
        self.per_picture = per_picture
        self.taxonomy = next((i.taxonomy for own in per_picture for i in own), SURGICAL)

    def predict_views(self, images, views):
        return [[list(own)] for _, own in zip(images, self.per_picture, strict=True)]


@pytest.fixture
def proposals_of():
    """Function of lists of instances, one for each picture, to the proposals that they make."""
    blank = np.zeros((9, 9, 3), np.uint8)

    def build(per_picture):
        return propose(lambda i: blank, range(len(per_picture)), Saying(per_picture), views=())

    return build


@pytest.fixture
def answering():
    """Makes a pair of networks of a function of pictures to instances."""
    return Answering


@pytest.fixture
def dots():
    """``dots.shape``, ``dots.draw``, ``dots.Finder``: the domain above."""

    class Dots:
        shape = staticmethod(dot_shape)
        draw = staticmethod(draw_dots)
        Finder = DotFinder

    return Dots


def write_dots(folder: Path, count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    builder = CocoBuilder()
    for number in range(count):
        points = dot_shape(rng.uniform(0, 6.28), rng.uniform(0.3, 0.6), rng.uniform(50, 70, 2))
        image = draw_dots(points, int(rng.integers(180, 255)))
        cv2.imwrite(str(folder / "images" / f"{number}.png"), image)
        image_id = builder.add_image(f"{number}.png", SIZE, SIZE)
        x1, y1, x2, y2 = box_of(points)
        keypoints = np.column_stack([points, np.full(5, 2)])
        builder.add_annotation(image_id, 1, keypoints, (x1, y1, x2 - x1, y2 - y1))
    builder.write(folder / "coco_keypoints.json")


@pytest.fixture
def dot_dataset(tmp_path) -> Path:
    """Labelled folder: 60 pictures of dots to train on, 60 to validate on."""
    write_dots(tmp_path / "dots" / "train", 60, 0)
    write_dots(tmp_path / "dots" / "val", 60, 1)
    return tmp_path / "dots"
