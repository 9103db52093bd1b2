"""Choose networks, input size, batch and epochs for a dataset and a machine, and say why."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.annotations.stream import CocoStream
from surgtools.errors import InputError
from surgtools.taxonomy import Taxonomy

DETECTOR_SIDES = (320, 416, 640)
"""Inputs of the detector to choose from, in pixels."""

SMALLEST = 32
"""Pixels of the longer side at which a detector still finds an instance well: four cells of its
finest map."""

ITERATIONS = {"gpu": 12_000, "cpu": 2_000}
"""What a first training may take: some hours of a graphics card, or a night of a small CPU."""

LEAST_EPOCHS, MOST_EPOCHS = 20, 300


@dataclass(frozen=True)
class DataFacts:
    """What a training set looks like.

    Attributes:
        num_pictures, num_instances: of the training part; crowd regions are left out.
        small_side: longer side of a small instance (10th percentile), as a share of the
            picture's longer side.
        has_keypoints: whether any instance has a labelled keypoint.
        lists_keypoints: whether any has a list of keypoints, be it of unlabelled ones alone.
    """

    num_pictures: int
    num_instances: int
    small_side: float
    has_keypoints: bool
    lists_keypoints: bool = True


@dataclass(frozen=True)
class StartPlan:
    """Settings of a first training; every ``why`` is a comment for the user.

    Attributes:
        detector, pose: names of configs of the package; no pose without labelled keypoints.
        side: width and height of the detector's input.
        batch: of the detector; the pose network's is twice that.
        epochs, pose_epochs: lengths of the two trainings.
    """

    detector: str
    pose: str | None
    side: int
    batch: int
    epochs: int
    pose_epochs: int
    why_side: str
    why_networks: str
    why_epochs: str


def read_data_facts(annotations: Path) -> DataFacts:
    """Count pictures and instances of an annotation file, and measure the small ones.

    Raises:
        InputError: the file has no picture or no instance with a box.
    """
    longest: dict[object, float] = {}
    boxes: list[tuple[object, float]] = []
    has_keypoints = lists_keypoints = False
    for table, row, _ in CocoStream(annotations):
        if table == "images":
            longest[row.get("id")] = float(max(row.get("width") or 0, row.get("height") or 0))
        elif table == "annotations" and not row.get("iscrowd") and row.get("bbox"):
            boxes.append((row.get("image_id"), float(max(row["bbox"][2:4]))))
            lists_keypoints = lists_keypoints or "keypoints" in row
            has_keypoints = has_keypoints or any(v > 0 for v in (row.get("keypoints") or ())[2::3])
    shares = [side / longest[image] for image, side in boxes if longest.get(image)]
    if not shares:
        raise InputError(
            f"{annotations}: {len(longest)} pictures and no instance with a box on them; "
            "nothing can be learned without some of both"
        )
    small_side = float(np.percentile(shares, 10))
    return DataFacts(len(longest), len(shares), small_side, has_keypoints, lists_keypoints)


def has_gpu() -> bool:
    """Whether torch sees a graphics card."""
    import torch

    return torch.cuda.is_available()


def plan_start(facts: DataFacts, taxonomy: Taxonomy, gpu: bool) -> StartPlan:
    """Settings that fit the data and the machine."""
    pixels = [side * facts.small_side for side in DETECTOR_SIDES]
    enough = [side for side, of in zip(DETECTOR_SIDES, pixels, strict=True) if of >= SMALLEST]
    side = enough[0] if enough else DETECTOR_SIDES[-1]
    batch = 16 if facts.num_pictures >= 64 else max(2, facts.num_pictures // 4)
    machine = "gpu" if gpu else "cpu"
    with_pose = taxonomy.num_slots > 0 and facts.has_keypoints
    return StartPlan(
        detector=f"rtmdet-{'s' if gpu else 'tiny'}_60e_instruments-320x320",
        pose=f"rtmpose-{'s' if gpu else 't'}_60e_instruments-256x256" if with_pose else None,
        side=side,
        batch=batch,
        epochs=_epochs(facts.num_pictures, batch, ITERATIONS[machine]),
        pose_epochs=_epochs(facts.num_instances, 2 * batch, ITERATIONS[machine]),
        why_side=f"a small instance (10th percentile) is {facts.small_side:.0%} of the picture, "
        f"{side * facts.small_side:.0f} pixels at {side}; {SMALLEST} are enough",
        why_networks="a graphics card was found"
        if gpu
        else f"no graphics card was found, {os.cpu_count()} cores",
        why_epochs=f"{facts.num_pictures} pictures, {facts.num_instances} instances, about "
        f"{ITERATIONS[machine]} iterations",
    )


def _epochs(samples: int, batch: int, iterations: int) -> int:
    return int(np.clip(iterations * batch // max(samples, 1), LEAST_EPOCHS, MOST_EPOCHS))
