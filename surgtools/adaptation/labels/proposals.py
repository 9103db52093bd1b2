"""What the teacher proposes for a set of pictures, as arrays, with the statistics of every rule.

Shapes: N instances over all pictures, V further views, K slots of the union layout; foreign
slots are NaN. Boxes are ``xyxy``; all in pixels of the upright picture.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from surgtools.adaptation.labels.selection import (
    VIEWS,
    fuse_views,
    mean_keypoint_score,
    view_disagreement,
)
from surgtools.engines import Work, ray
from surgtools.prediction.augmentation import ONE_VIEW, places_of, same_category
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.views import View, match_instances
from surgtools.taxonomy import SURGICAL, Taxonomy

VIEW_MATCH_LIMIT = 0.3
"""Instances of two views farther apart than this share of the box diagonal are not the same."""

BATCH = 16
"""Pictures in memory at a time, whatever the length of the video."""


@dataclass
class Proposals:
    """All instances that a teacher proposes for a list of pictures, as arrays.

    Attributes:
        frames: (N,) position of the picture in the list that was read.
        category_ids: (N,).
        boxes: (N, 4) xyxy pixels, the mean over views that keep boxes tight.
        scores: (N,) of the detector.
        keypoints: (N, K, 2) pixels, the median over views.
        keypoint_scores: (N, K) in [0, 1].
        visible: (N, K) probability that the keypoint is seen rather than hidden.
        spread: (N, K) pixels by which the views differ.
        num_frames: pictures read, those without a proposal included.
        statistics: rule name to (N,) values, see ``selection.RULES``.
        taxonomy: of the teacher; says which slots a category has.
    """

    frames: np.ndarray
    category_ids: np.ndarray
    boxes: np.ndarray
    scores: np.ndarray
    keypoints: np.ndarray
    keypoint_scores: np.ndarray
    visible: np.ndarray
    spread: np.ndarray
    num_frames: int
    statistics: dict[str, np.ndarray] = field(default_factory=dict)
    taxonomy: Taxonomy = SURGICAL

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def sizes(self) -> np.ndarray:
        """(N,) box diagonals in pixels, at least 1."""
        extent = self.boxes[:, 2:] - self.boxes[:, :2]
        return np.maximum(np.linalg.norm(extent, axis=1), 1.0)

    @property
    def axes(self) -> np.ndarray:
        """(N, 2, 2) base and tip end of every instrument, pixels; NaN without an axis."""
        ends = np.full((len(self), 2, 2), np.nan)
        for category in self.taxonomy.categories:
            if category.has_axis:
                own = self.category_ids == category.id
                keypoints = self.keypoints[own][:, self.taxonomy.slots_of(category.id)]
                ends[own] = np.stack(category.axis_ends(keypoints), axis=1)
        return ends

    @property
    def has_keypoints(self) -> np.ndarray:
        """(N,) False for the instances of a category that is a box only."""
        posed = [own.id for own in self.taxonomy.categories if own.num_keypoints]
        return np.isin(self.category_ids, posed)

    def own(self, values: np.ndarray, index: int) -> np.ndarray:
        """One instance's (k, ...) values in its category's own order."""
        return values[index, self.taxonomy.slots_of(int(self.category_ids[index]))]

    def subset(self, keep: np.ndarray) -> "Proposals":
        """The instances that a (N,) mask or index names."""
        arrays = {
            name: getattr(self, name)[keep]
            for name in (
                "frames category_ids boxes scores keypoints keypoint_scores visible spread"
            ).split()
        }
        statistics = {name: values[keep] for name, values in self.statistics.items()}
        return replace(self, **arrays, statistics=statistics)


def propose(
    read: Callable[[int], np.ndarray],
    indices: Sequence[int],
    proposer: Predictor,
    views: Sequence[View] = VIEWS,
    progress: Callable[[int], None] = lambda done: None,
    worth_views: Callable[[Instance], bool] = lambda instance: True,
) -> Proposals:
    """Show pictures to the teacher, upright and in further views.

    Args:
        read: position to picture, (H, W, 3) BGR uint8.
        indices: positions to read; the proposals' ``frames`` hold these.
        proposer: the teacher; if its ``engine`` is ``ray``, workers of a cluster get copies of it.
        views: besides the upright one.
        progress: called with the number of pictures done.
        worth_views: whether a proposal may still be accepted; a picture without such a one is
            seen upright only, see ``Selector.passes_one_look``.

    Returns:
        All proposals with ``bbox_score``, ``keypoint_score`` and ``view_disagreement``, which is
        NaN for a picture that was seen upright only; without a proposal all arrays are empty.
    """
    batches = [(s, list(indices[s : s + BATCH])) for s in range(0, len(indices), BATCH)]
    look = partial(_propose_batch, read, proposer, views, worth_views)
    if getattr(proposer, "engine", "local") == "ray":
        on_card = "cuda" in str(getattr(proposer, "device", "cpu"))
        answers = ray.do_items(partial(_ready, look), batches, gpus=1 if on_card else 0)
    else:
        answers = map(look, batches)
    found: dict[int, list[dict]] = {}
    done = 0
    for start, count, rows in answers:
        found[start] = rows
        done += count
        progress(done)
    ordered = [row for start in sorted(found) for row in found[start]]
    return _join(ordered, len(indices), proposer.taxonomy)


def _propose_batch(
    read: Callable[[int], np.ndarray],
    proposer: Predictor,
    views: Sequence[View],
    worth_views: Callable[[Instance], bool],
    batch: tuple[int, list[int]],
) -> tuple[int, int, list[dict]]:
    """Where the batch starts, how many pictures it has, and the proposals of each."""
    start, positions = batch
    images = [read(index) for index in positions]
    upright = [own[0] for own in proposer.predict_views(images, views=ONE_VIEW)]
    again = [i for i, found in enumerate(upright) if any(map(worth_views, found))]
    nothing: list[list[Instance]] = []
    seen = {i: nothing for i, found in enumerate(upright) if found}
    if again and views:
        further = proposer.predict_views([images[i] for i in again], views=views)
        seen |= dict(zip(again, further, strict=True))
    rows = [_fuse(positions[i], upright[i], own, views) for i, own in seen.items()]
    return start, len(positions), rows


def _ready(look: Work) -> Work:
    """In a worker of a cluster: the networks have come with the function."""
    return look


def _stack(instances: Sequence[Instance], name: str) -> np.ndarray:
    taxonomy = instances[0].taxonomy
    stacked = np.full((len(instances), taxonomy.num_slots), np.nan)
    for row, instance in enumerate(instances):
        stacked[row, taxonomy.slots_of(instance.category_id)] = getattr(instance, name)
    return stacked


def _fuse(
    frame: int, instances: list[Instance], seen: list[list[Instance]], views: Sequence[View]
) -> dict:
    """The proposals of one picture from its views.

    Args:
        frame: position of the picture.
        instances: N of the upright picture, at least one.
        seen: M of each view, in pixels of the picture; no view where none was shown.
        views: that were shown.
    """
    places = places_of(instances)
    boxes = np.array([instance.bbox for instance in instances], dtype=float)
    sizes = np.maximum(np.linalg.norm(boxes[:, 2:] - boxes[:, :2], axis=1), 1.0)
    aligned = np.full((len(seen), *places.shape), np.nan)
    aligned_boxes = np.full((1 + len(seen), *boxes.shape), np.nan)
    aligned_boxes[0] = boxes
    for view, answers in enumerate(seen):
        if not answers:
            continue
        found, same = places_of(answers), same_category(instances, answers)
        found_boxes = np.array([instance.bbox for instance in answers]).reshape(-1, 4)
        partner = match_instances(places, found, sizes, VIEW_MATCH_LIMIT, same)
        aligned[view, partner >= 0] = found[partner[partner >= 0]]
        aligned_boxes[1 + view, partner >= 0] = found_boxes[partner[partner >= 0]]
    slots = slice(0, instances[0].taxonomy.num_slots)
    fused, spread = fuse_views(places[:, slots], aligned[:, :, slots])
    posed = [bool(len(instance.keypoints)) for instance in instances]
    asked = [np.array(posed) | view.keeps_boxes for view, _ in zip(views, seen, strict=False)]
    scores = _stack(instances, "keypoint_scores")
    return {
        "frames": np.full(len(instances), frame),
        "category_ids": np.array([instance.category_id for instance in instances]),
        "boxes": np.nanmean(aligned_boxes, axis=0),
        "scores": np.array([instance.bbox_score for instance in instances], dtype=float),
        "keypoints": fused,
        "keypoint_scores": scores,
        "visible": _stack(instances, "keypoint_visible"),
        "spread": spread,
        "view_disagreement": view_disagreement(
            places, aligned, sizes, np.reshape(asked, aligned.shape[:2]).astype(bool)
        ),
    }


def _join(rows: list[dict], num_frames: int, taxonomy: Taxonomy) -> Proposals:
    slots = taxonomy.num_slots
    empty = {
        "frames": np.zeros(0, dtype=int),
        "category_ids": np.zeros(0, dtype=int),
        "boxes": np.zeros((0, 4)),
        "scores": np.zeros(0),
        "keypoints": np.zeros((0, slots, 2)),
        "keypoint_scores": np.zeros((0, slots)),
        "visible": np.zeros((0, slots)),
        "spread": np.zeros((0, slots)),
        "view_disagreement": np.zeros(0),
    }
    joined = {name: np.concatenate([empty[name], *(r[name] for r in rows)]) for name in empty}
    disagreement = joined.pop("view_disagreement")
    joined["frames"] = joined["frames"].astype(int)
    joined["category_ids"] = joined["category_ids"].astype(int)
    proposals = Proposals(**joined, num_frames=num_frames, taxonomy=taxonomy)
    proposals.statistics = {
        "bbox_score": proposals.scores.copy(),
        "keypoint_score": mean_keypoint_score(proposals.keypoint_scores),
        "view_disagreement": disagreement,
    }
    return proposals
