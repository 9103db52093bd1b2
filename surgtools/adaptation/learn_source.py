"""Measure what adaptation must know of the labelled source set, with the starting models.

Shapes of the instruments come from the labels; thresholds and the precision model from the
starting models' predictions on validation pictures, whose truth is known. Nothing here has seen
the target.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from surgtools.adaptation.known_truth import find_correct
from surgtools.adaptation.labels.expected_precision import PrecisionModel, degrade
from surgtools.adaptation.labels.proposal_statistics import add_statistics
from surgtools.adaptation.labels.proposals import Proposals, propose
from surgtools.adaptation.labels.selection import ShapeModel, calibrate
from surgtools.adaptation.labels.selection.shape import MIN_SHAPES
from surgtools.adaptation.labels.selection.thresholds import MIN_CONFIDENCE
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.annotations.coco import load_coco
from surgtools.dataset_folder import annotation_file
from surgtools.datasets.picture_paths import locate_picture
from surgtools.errors import InputError
from surgtools.images import read_image
from surgtools.prediction.predictor import Predictor
from surgtools.taxonomy import SURGICAL, Taxonomy

MOTION = 0.02
"""Largest shift, as a share of the picture, and turn in radians between simulated neighbors."""

NUM_BURSTS = 50


def learn_from_source(
    dataset: str | Path,
    proposer: Predictor,
    rng: np.random.Generator,
    max_pictures: int = 150,
    pass_share: float = 0.95,
    progress: Callable[[int], None] = lambda done: None,
    motion: bool = True,
) -> SourceKnowledge:
    """Measure the starting models on the source set.

    Args:
        dataset: folder with ``train`` and ``val``, see the layout in the README.
        proposer: the starting models.
        rng: draws pictures and their degradation.
        max_pictures: validation pictures to look at.
        pass_share: share of right source predictions that each rule lets pass.
        progress: called with the number of pictures done, plain and degraded.
        motion: learn the thresholds of the rules in time; single photographs need none.

    Raises:
        InputError: no labels, or the starting models are hardly ever right on the source.
    """
    dataset = Path(dataset)
    taxonomy = proposer.taxonomy
    shapes = learn_shapes(load_coco(annotation_file(dataset, "train"), taxonomy), taxonomy)
    ann_file = annotation_file(dataset, "val")
    content = load_coco(ann_file, taxonomy)
    picked = rng.permutation(len(content["images"]))[:max_pictures]
    images = [content["images"][i] for i in picked]
    truth = annotations_by_position(images, content["annotations"])
    seeds = rng.integers(0, 2**31, len(images))

    def plain(index: int) -> np.ndarray:
        return read_image(locate_picture(images[index], dataset / "val" / "images", ann_file))

    def hard(index: int) -> np.ndarray:
        return degrade(plain(index), np.random.default_rng(seeds[index]))

    order = list(range(len(images)))
    easy = add_statistics(propose(plain, order, proposer, progress=progress), shapes)
    correct = find_correct(easy, truth)
    thresholds = calibrate(easy.statistics, correct, pass_share)
    thresholds["confidence"] = MIN_CONFIDENCE
    scores = easy.keypoint_scores[correct]
    scores = scores[np.isfinite(scores)]
    # Where no keypoint is known to be right, none counts as found.
    thresholds["keypoint"] = float(np.quantile(scores, 1 - pass_share)) if len(scores) else 1.0
    if motion:
        bursts = order[:NUM_BURSTS]
        thresholds |= _calibrate_motion(plain, bursts, proposer, shapes, rng, pass_share)
    degraded = propose(hard, order, proposer, progress=lambda done: progress(len(order) + done))
    add_statistics(degraded, shapes)
    correct_hard = find_correct(degraded, truth)
    joined = {
        name: np.concatenate([easy.statistics[name], degraded.statistics[name]])
        for name in easy.statistics
    }
    precision = PrecisionModel.fit(joined, np.concatenate([correct, correct_hard]))
    counts = {
        "pictures": len(images),
        "proposals": len(easy),
        "right": int(correct.sum()),
        "degraded_proposals": len(degraded),
        "degraded_right": int(correct_hard.sum()),
    }
    return SourceKnowledge(shapes, thresholds, precision, counts)


def learn_shapes(content: Mapping, taxonomy: Taxonomy = SURGICAL) -> dict[int, ShapeModel]:
    """Shape models of the categories that have enough complete labels.

    A category of one keypoint, or of none, has no shape.

    Raises:
        InputError: several keypoints make a shape, and no category has enough of it.
    """
    shapes, counts = {}, []
    shaped = [category for category in taxonomy.categories if category.num_keypoints > 1]
    for category in shaped:
        labels = [
            np.array(row["keypoints"], dtype=float).reshape(-1, 3)
            for row in content["annotations"]
            if row["category_id"] == category.id and not row.get("iscrowd")
        ]
        complete = [label[:, :2] for label in labels if (label[:, 2] > 0).all()]
        counts.append(f"{category.name} {len(complete)} of {len(labels)}")
        try:
            shape = np.array(complete).reshape(-1, category.num_keypoints, 2)
            shapes[category.id] = ShapeModel.fit(shape)
        except InputError:
            continue  # judged by the other rules alone; the report lists the shapes known
    if shaped and not shapes:
        raise InputError(
            f"the source set has no category with {MIN_SHAPES} instances whose keypoints all have "
            f"v > 0 ({', '.join(counts)}); label their keypoints or give a larger source set"
        )
    return shapes


def annotations_by_position(
    images: Sequence[Mapping], annotations: Sequence[Mapping]
) -> dict[int, list[Mapping]]:
    """Position in ``images`` to the annotations of that picture."""
    position = {image["id"]: index for index, image in enumerate(images)}
    grouped: dict[int, list[Mapping]] = {index: [] for index in range(len(images))}
    for annotation in annotations:
        if annotation["image_id"] in position:
            grouped[position[annotation["image_id"]]].append(annotation)
    return grouped


def simulate_motion(image: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Three neighboring frames of a camera that moves steadily over a still picture."""
    height, width = image.shape[:2]
    shift = rng.uniform(-MOTION, MOTION, 2) * max(height, width)
    turn = np.rad2deg(rng.uniform(-MOTION, MOTION))
    frames = []
    for step in (-1, 0, 1):
        matrix = cv2.getRotationMatrix2D((width / 2, height / 2), step * turn, 1.0)
        matrix[:, 2] += step * shift
        frames.append(
            cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        )
    return frames


def _calibrate_motion(
    read: Callable[[int], np.ndarray],
    order: list[int],
    proposer: Predictor,
    shapes: dict[int, ShapeModel],
    rng: np.random.Generator,
    pass_share: float,
) -> dict[str, float]:
    """Thresholds of the rules in time; the source rarely has video, motion is cheap to make.

    All linked proposals count, right or wrong: a wrong label that follows the pixels is no jump.
    """
    seeds = rng.integers(0, 2**31, len(order))

    def frame(index: int) -> np.ndarray:
        burst, step = divmod(index, 3)
        return simulate_motion(read(order[burst]), np.random.default_rng(seeds[burst]))[step]

    indices = list(range(3 * len(order)))
    moving: Proposals = propose(frame, indices, proposer, views=())
    clips = [str(index // 3) for index in indices]
    numbers = [index % 3 for index in indices]
    add_statistics(moving, shapes, clips, numbers, frame)
    names = ("temporal_jump", "flow_disagreement")
    known = {name: moving.statistics[name][np.isfinite(moving.statistics[name])] for name in names}
    return {
        name: float(np.quantile(values, pass_share))
        for name, values in known.items()
        if len(values) >= 20
    }
