"""What a pair of networks knows of the source, and what it says of the target.

All of it is asked before anything is trained.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.guards.pair_measures import look_at_frames
from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.one_stage_proposer import OneStageProposer
from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.labels.several_teachers import (
    KNOWLEDGE,
    LABEL_FLOOR,
    LOOK,
)
from surgtools.adaptation.learn_source import learn_from_source
from surgtools.adaptation.settings import AdaptSettings
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.annotations.coco import load_coco
from surgtools.camera import read_camera
from surgtools.dataset_folder import annotation_file
from surgtools.prediction.models import Models
from surgtools.spatial.instrument_model import read_spatial_model

GUARD_FLOOR = 0.05
"""Lowest box score that is a proposal when looking for what was lost."""


StepProgress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""


def ask_further(
    folder: Path,
    pair: Models,
    source: Path,
    pool: FramePool,
    settings: AdaptSettings,
    progress: StepProgress,
) -> None:
    """Leave in a folder what a further teacher knows of the source and says of the target."""
    knowledge_file, look_file = folder / KNOWLEDGE, folder / LOOK
    if not knowledge_file.exists():
        learn_pair(source, pair, settings, pool.has_neighbors, progress).write(knowledge_file)
    if not look_file.exists():
        knowledge = SourceKnowledge.load(knowledge_file)
        selector = Selector(knowledge.thresholds, settings.without)
        take_first_look(pool, knowledge, selector, pair, settings, progress).write(look_file)


def learn_pair(
    source: Path, pair: Models, settings: AdaptSettings, motion: bool, progress: StepProgress
) -> SourceKnowledge:
    """What the source says of a pair, and what the user says of the target's space."""
    knowledge = _learn_source(source, pair, settings, motion, progress)
    if settings.camera is None:
        return knowledge
    models = [read_spatial_model(path) for path in settings.models_3d]
    return knowledge.with_space(read_camera(settings.camera), models)


def _learn_source(
    source: Path, pair: Models, settings: AdaptSettings, motion: bool, progress: StepProgress
) -> SourceKnowledge:
    proposer = open_pair(pair, LABEL_FLOOR, settings)
    pictures = load_coco(annotation_file(source, "val"), proposer.taxonomy)["images"]
    total = 2 * min(settings.source_pictures, len(pictures))
    progress("learning from the source", 0, total)  # a batch may take minutes
    return learn_from_source(
        source,
        proposer,
        np.random.default_rng(settings.seed),
        max_pictures=settings.source_pictures,
        progress=lambda done: progress("learning from the source", done, total),
        motion=motion,
    )


def open_pair(
    pair: Models, floor: float, settings: AdaptSettings
) -> PairProposer | OneStageProposer:
    """The pair as a proposer, opened as the settings say; or one network for both.

    Args:
        floor: lowest box score that is a proposal.
    """
    if pair.is_one_stage:  # only measured, and never zooms
        return OneStageProposer(pair, floor, settings.device, settings.trust_checkpoint)
    asked = settings.device, settings.trust_checkpoint, settings.zoom, settings.engine
    return PairProposer.of(pair, floor, *asked)


def take_first_look(
    pool: FramePool,
    knowledge: SourceKnowledge,
    selector: Selector,
    pair: Models,
    settings: AdaptSettings,
    progress: StepProgress,
) -> FirstLook:
    """What a pair proposes for every frame of the target, with what the rules ask for."""
    proposer = open_pair(pair, GUARD_FLOOR, settings)
    total = len(pool)
    progress("first look at the target", 0, total)
    proposals = look_at_frames(
        proposer,
        pool,
        range(total),
        knowledge,
        selector,
        lambda done: progress("first look at the target", done, total),
    )
    return FirstLook(proposals, proposer.signature())
