"""What an adaptation finds out before it trains anything, each step once and kept in a folder.

Frames of the target; what the source knows; what the starting pair proposes for all frames; as
many frames held out as the guards need; and what the starting pair alone would label, which is
refused when that is too little to learn from. A killed run finds what is there and goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.frames.held_out import add_groups
from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.guards.judged_proposals import JudgedProposals
from surgtools.adaptation.guards.pair_measures import trusted_by
from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.pseudo_labels import build_round, list_rejected, write_round
from surgtools.adaptation.labels.selection.balance import MIN_LABELS
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.labels.several_teachers import (
    LABEL_FLOOR,
    FurtherTeacher,
    judge_together,
)
from surgtools.adaptation.pair_answers import (
    StepProgress,
    ask_further,
    learn_pair,
    take_first_look,
)
from surgtools.adaptation.settings import AdaptSettings
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.prediction.models import Models
from surgtools.prediction.sources import InputProblem


@dataclass(frozen=True)
class Preparation:
    """Everything that is known before the first training starts.

    Attributes:
        pool: frames of the target; those held out are so for good.
        problems: inputs that were of no use.
        knowledge: what the labelled source gave.
        selector: the selection rules with its thresholds.
        look: what the starting pair says about all frames, held out or not.
        reference: ``info.round`` of what it would say about the frames to learn from.
    """

    pool: FramePool
    problems: list[InputProblem]
    knowledge: SourceKnowledge
    selector: Selector
    look: FirstLook
    reference: dict


def prepare(
    targets: Sequence[str],
    work: Path,
    source: Path,
    pair: Models,
    settings: AdaptSettings,
    progress: StepProgress = lambda what, done, total: None,
    further: Mapping[Path, Models] | None = None,
) -> Preparation:
    """All steps, in this order; one whose result lies in ``work`` is read, not repeated.

    Args:
        targets: videos, folders, pictures without labels.
        work: folder of the run, to which ``prepared_files`` are written.
        source: labelled dataset folder with ``train`` and ``val``.
        pair: the starting networks.
        settings: of the adaptation.
        progress: called as the steps go on.
        further: teachers beside the pair, by the folders that keep what they said.

    Returns:
        All that training and guards need to know.

    Raises:
        InputError: targets or source cannot be used, or the starting pair can be trusted with
            fewer than ``MIN_LABELS`` labels.
    """
    files, seed = prepared_files(work), settings.seed
    pool, problems = collect_frames(targets, files["pool"], settings.max_frames, seed=seed)
    if not files["knowledge"].exists():
        knowledge = learn_pair(source, pair, settings, pool.has_neighbors, progress)
        knowledge.write(files["knowledge"])
    knowledge = SourceKnowledge.load(files["knowledge"])
    selector = Selector(knowledge.thresholds, settings.without)
    if not files["first_look"].exists():
        look = take_first_look(pool, knowledge, selector, pair, settings, progress)
        look.write(files["first_look"])
    look = FirstLook.load(files["first_look"])
    pool = hold_out_enough(pool, look, selector, seed)
    if not files["reference"].exists():
        for folder, other in (further or {}).items():
            ask_further(folder, other, source, pool, settings, progress)
        others = [FurtherTeacher.load(folder) for folder in further or ()]
        _label_reference(files["reference"], pool, look, knowledge, selector, seed, others)
    reference = read_json(files["reference"])["info"]["round"]
    _check_enough_labels(reference)
    return Preparation(pool, problems, knowledge, selector, look, reference)


def prepared_files(work: Path) -> dict[str, Path]:
    """What ``prepare`` writes, by the arguments of ``VideoPseudoLabelHook`` that read it."""
    return {
        "knowledge": work / "knowledge.json",
        "pool": work / "pool",
        "reference": work / "reference.json",
        "first_look": work / "first_look.npz",
    }


def hold_out_enough(
    pool: FramePool, look: FirstLook, selector: Selector, seed: int = 0
) -> FramePool:
    """Hold out more frames when the guards would know too little.

    Args:
        pool: of the target.
        look: at all its frames.
        selector: says which frames can be trusted.
        seed: of the groups to add.

    Returns:
        The pool, written anew if frames were added. Asked again with this answer, it adds nothing.
    """
    groups = [frame.group for frame in pool.frames]
    accepted = JudgedProposals(look.proposals, trusted_by(selector, look.proposals)).accepted
    trusted = np.isin(np.arange(len(pool)), accepted.frames)
    held = {frame.group for frame in pool.frames if frame.held_out}
    more = add_groups(groups, held, trusted, np.random.default_rng(seed))
    if more != held:
        pool = pool.holding_out(more)
        pool.write()
    return pool


def _label_reference(
    path: Path,
    pool: FramePool,
    look: FirstLook,
    knowledge: SourceKnowledge,
    selector: Selector,
    seed: int,
    further: Sequence[FurtherTeacher] = (),
) -> None:
    """Write what the starting teachers alone would say about the frames to learn from."""
    indices = pool.indices(held_out=False)
    proposals, reasons, keypoint_thresholds = judge_together(
        look.of_frames(indices, LABEL_FLOOR),
        indices,
        selector,
        knowledge,
        further,
        np.random.default_rng((seed, 0)),
    )
    builder = build_round(
        pool,
        indices,
        proposals,
        reasons,
        keypoint_thresholds,
        mark_doubtful=False,
        info={"number": 0, "role": "starting pair"},
    )
    write_round(builder, list_rejected(pool, proposals, reasons), path)


def _check_enough_labels(facts: dict) -> None:
    count = sum(facts["instances"].values())
    if count >= MIN_LABELS:
        return
    rules = {name: n for name, n in facts["rules"].items() if n and name != "accepted"}
    rejected = ", ".join(f"{n} rejected by {name}" for name, n in rules.items())
    raise InputError(
        f"{count} labels of the starting pair on {sum(facts['frames'].values())} frames can be "
        f"trusted, {MIN_LABELS} are needed to learn from ({rejected or 'nothing was proposed'}); "
        "nothing was changed, see work/reference.json; give more frames or label some by hand "
        "(`surgtools data suggest`)"
    )
