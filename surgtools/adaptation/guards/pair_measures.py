"""Measure a pair of networks for the guards, on held-out target frames and on the source.

Shapes: N proposals on the held-out frames.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.guards.judged_proposals import JudgedProposals
from surgtools.adaptation.known_truth import frame_rates
from surgtools.adaptation.labels.proposals import Proposals, propose
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.low_resolution import through_camera
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.annotations.coco import load_coco
from surgtools.dataset_folder import annotation_file
from surgtools.datasets.picture_paths import locate_picture
from surgtools.evaluation.evaluator import evaluate
from surgtools.evaluation.settings import PLACE_THR, EvaluationSettings
from surgtools.images import read_image
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.result_rows import found_rows
from surgtools.prediction.results import Instance
from surgtools.prediction.suppression import suppress_instances

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PairMeasures:
    """What was measured of one pair of networks, so that two pairs can be compared.

    Attributes:
        proposals: on the held-out frames of the target, with statistics.
        trusted: (N,) bool, accepted by the selection rules.
        source: name to AP on the source's validation pictures; None where undefined.
        made_up: share of those pictures with an instrument out of nothing.
    """

    proposals: Proposals
    trusted: np.ndarray
    source: dict[str, float | None]
    made_up: float = 0.0

    @property
    def judged(self) -> JudgedProposals:
        """What the gates compare."""
        return JudgedProposals(self.proposals, self.trusted)


def measure_pair(
    proposer: Predictor,
    pool: FramePool,
    knowledge: SourceKnowledge,
    selector: Selector,
    source: Path,
    max_pictures: int,
    seed: int,
    progress: Progress = lambda done, total: None,
    factors: Sequence[float] = (),
    proposals: Proposals | None = None,
) -> PairMeasures:
    """Run a pair on held-out frames and on source pictures.

    Args:
        proposer: the pair, down to low scores.
        pool: of the target.
        knowledge: for the statistics.
        selector: the rules; class balance plays no part here.
        source: dataset folder.
        max_pictures: of its validation set.
        seed: picks them, the same for every pair.
        progress: called with pictures done and to do.
        factors: of the camera through which the pair sees all pictures, see ``through_camera``.
        proposals: of this pair on the held-out frames, with statistics, where they are known.
    """
    indices = pool.indices(held_out=True) if proposals is None else []
    content = load_coco(annotation_file(source, "val"), proposer.taxonomy)
    picked = np.random.default_rng(seed).permutation(len(content["images"]))[:max_pictures]
    images = [content["images"][i] for i in picked]
    total = len(indices) + len(images)
    if proposals is None:
        proposals = look_at_frames(
            proposer,
            pool,
            indices,
            knowledge,
            selector,
            lambda done: progress(done, total),
            factors,
        )
    scores, made_up = score_on_source(
        proposer,
        content,
        images,
        source,
        lambda done: progress(len(indices) + done, total),
        factors,
    )
    return PairMeasures(proposals, trusted_by(selector, proposals), scores, made_up)


def look_at_frames(
    proposer: Predictor,
    pool: FramePool,
    indices: Sequence[int],
    knowledge: SourceKnowledge,
    selector: Selector,
    progress: Callable[[int], None] = lambda done: None,
    factors: Sequence[float] = (),
) -> Proposals:
    """What a pair proposes for frames of the pool, with all statistics."""
    read = through_camera(pool.read, factors)
    proposals = propose(
        read, indices, proposer, progress=progress, worth_views=selector.passes_one_look
    )
    numbers = [frame.number for frame in pool.frames]
    return knowledge.add_statistics(proposals, pool.clips, numbers, read)


def trusted_by(selector: Selector, proposals: Proposals) -> np.ndarray:
    """(N,) bool, whether the rules accept a proposal, class balance aside."""
    reasons = selector.select(proposals, np.random.default_rng(0))
    return np.array([not r or r.startswith("class_balance") for r in reasons], dtype=bool)


def score_on_source(
    proposer: Predictor,
    content: dict,
    images: Sequence[dict],
    source: Path,
    progress: Callable[[int], None] = lambda done: None,
    factors: Sequence[float] = (),
) -> tuple[dict[str, float | None], float]:
    """Box and keypoint AP per category, keypoints in the pair's own boxes.

    These are what ``predict`` would report, by the path that ``test`` scores.
    Also the share of pictures in which an instrument is reported where none is near.
    """
    val = source / "val"
    paths = [
        locate_picture(each, val / "images", annotation_file(source, "val")) for each in images
    ]
    at = {image["id"]: index for index, image in enumerate(images)}
    read = through_camera(lambda i: read_image(paths[i]), factors)
    rows = found_rows(proposer.find, images, lambda image: read(at[image["id"]]), progress)
    ids = {image["id"] for image in images}
    truth = content | {
        "images": list(images),
        "annotations": [row for row in content["annotations"] if row["image_id"] in ids],
    }
    report = evaluate(truth, rows, EvaluationSettings(bootstrap=0, taxonomy=proposer.taxonomy))
    scores = {
        f"{what} AP of {name}": numbers["AP"]
        for what, section in (("box", "boxes"), ("keypoint", "keypoints"))
        for name, numbers in report[section]["categories"].items()
    }
    return scores, frame_rates(truth, rows)["hallucinated"] or 0.0


def to_instances(proposals: Proposals, frame: int, score_thr: float) -> list[Instance]:
    """What ``predict`` would say of one frame, for drawing; best first."""
    (members,) = np.nonzero(proposals.frames == frame)
    instances = [
        Instance(
            int(proposals.category_ids[i]),
            proposals.boxes[i],
            float(proposals.scores[i]),
            proposals.own(proposals.keypoints, i),
            proposals.own(proposals.keypoint_scores, i),
            proposals.own(proposals.visible, i),
            taxonomy=proposals.taxonomy,
        )
        for i in members
    ]
    return suppress_instances(instances, score_thr, PLACE_THR)
