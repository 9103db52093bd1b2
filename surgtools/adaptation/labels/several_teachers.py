"""Let several teachers answer, and take of each instrument the most plausible answer, or none.

Every teacher is judged by its own rules and its own fitted confidence, learnt on the same source:
scores of different networks do not compare, probabilities of being right do.

Shapes: N proposals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.selection.overlap import same_place
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.errors import InputError

FEWER_DOUBTS = 3.0
"""Where teachers name different categories, the surer one must be this many times less likely to
be wrong than the other; else neither is believed."""

LABEL_FLOOR = 0.1
"""Lowest box score that is a proposal when labelling."""

KNOWLEDGE, LOOK = "knowledge.json", "first_look.npz"


@dataclass(frozen=True)
class FurtherTeacher:
    """A frozen pair beside the one that is asked: what it said of all frames, and what it knows.

    Attributes:
        knowledge: of the source, learnt with this pair.
        look: at the frames to learn from.
    """

    knowledge: SourceKnowledge
    look: FirstLook

    @classmethod
    def load(cls, folder: str | Path) -> "FurtherTeacher":
        """What the preparation left in a folder.

        Raises:
            InputError: a file is missing or another one.
        """
        folder = Path(folder)
        return cls(SourceKnowledge.load(folder / KNOWLEDGE), FirstLook.load(folder / LOOK))


@dataclass(frozen=True)
class Answers:
    """What one teacher proposes, judged.

    Attributes:
        proposals: with ``confidence`` in their statistics.
        reasons: N strings, empty for what its rules accept.
        keypoint_threshold: score from which a keypoint of this teacher counts.
    """

    proposals: Proposals
    reasons: list[str]
    keypoint_threshold: float


def judge_together(
    proposals: Proposals,
    indices: Sequence[int],
    selector: Selector,
    knowledge: SourceKnowledge,
    further: Sequence[FurtherTeacher],
    rng: np.random.Generator,
    score_floor: float = LABEL_FLOOR,
) -> tuple[Proposals, list[str], np.ndarray]:
    """Judge what a teacher proposes, beside what further ones said of the same frames.

    Args:
        proposals: of the teacher, with statistics.
        indices: the frames.
        selector: the rules with this teacher's thresholds; the others bring their own.
        knowledge: of this teacher.
        further: without any, the answers are those of ``selector``.
        score_floor: of the box, from which on a further teacher's answer is a proposal.

    Returns:
        See ``join_answers``; classes are balanced after all have spoken.
    """
    if not further:
        reasons = selector.select(proposals, rng)
        return proposals, reasons, np.full(len(reasons), knowledge.thresholds["keypoint"])
    rules = selector.unbalanced()
    answers = [Answers(proposals, rules.select(proposals, rng), knowledge.thresholds["keypoint"])]
    for teacher in further:
        own, thresholds = (
            teacher.look.of_frames(indices, score_floor),
            teacher.knowledge.thresholds,
        )
        reasons = rules.with_thresholds(thresholds).select(own, rng)
        answers.append(Answers(own, reasons, thresholds["keypoint"]))
    joined, reasons, keypoint_thresholds = join_answers(answers)
    selector.balance(joined, reasons, rng)
    return joined, reasons, keypoint_thresholds


def join_answers(answers: Sequence[Answers]) -> tuple[Proposals, list[str], np.ndarray]:
    """All proposals, those of the first teacher first; of each place at most one is accepted.

    A place is that of ``one_per_place``. The accepted answer with the highest confidence stays;
    where another teacher's accepted answer names another category and is hardly less sure, none
    does.

    Returns:
        The proposals, their reasons, and (N,) keypoint thresholds of who proposed them.

    Raises:
        InputError: teachers of different categories.
    """
    first = answers[0].proposals
    if any(each.proposals.taxonomy.categories != first.taxonomy.categories for each in answers):
        raise InputError("teachers of different categories cannot label together")
    joined = _joined([each.proposals for each in answers])
    reasons = [reason for each in answers for reason in each.reasons]
    sizes = [len(each.reasons) for each in answers]
    thresholds = np.repeat([each.keypoint_threshold for each in answers], sizes)
    _judge(joined, np.repeat(np.arange(len(answers)), sizes), reasons)
    return joined, reasons, thresholds


def _judge(proposals: Proposals, teachers: np.ndarray, reasons: list[str]) -> None:
    """Object to all accepted answers of a place but the best; changes ``reasons``."""
    confidence, axes = proposals.statistics["confidence"], proposals.axes
    accepted = np.array([not reason for reason in reasons], dtype=bool)
    for frame in np.unique(proposals.frames[accepted]):
        (members,) = np.nonzero(accepted & (proposals.frames == frame))
        ranked = members[np.argsort(-confidence[members], kind="stable")]
        lost: set[int] = set()
        for rank, best in enumerate(ranked):
            if best in lost:
                continue
            rivals = [
                other
                for other in ranked[rank + 1 :]
                if other not in lost
                and teachers[other] != teachers[best]
                and same_place(
                    proposals.boxes[best], proposals.boxes[other], axes[best], axes[other]
                )
            ]
            lost.update(rivals)
            against = [o for o in rivals if _contradict(proposals, best, o)]
            for other in rivals:
                reasons[other] = (
                    f"one_per_place: a surer answer of another teacher ({confidence[best]:.2f}) "
                    "is at the same place"
                )
            if against:
                text = (
                    f"one_per_place: teachers contradict each other ({confidence[best]:.2f}, "
                    f"{confidence[against[0]]:.2f})"
                )
                for number in (best, *against):
                    reasons[number] = text


def _contradict(proposals: Proposals, best: int, other: int) -> bool:
    """Whether another category is named, by a teacher who is hardly less sure."""
    if proposals.category_ids[best] == proposals.category_ids[other]:
        return False
    doubt = 1 - proposals.statistics["confidence"][[best, other]]
    return bool(doubt[1] < FEWER_DOUBTS * doubt[0])


def _joined(parts: Sequence[Proposals]) -> Proposals:
    names = [name for name, value in vars(parts[0]).items() if isinstance(value, np.ndarray)]
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    shared = set.intersection(*(set(part.statistics) for part in parts))
    statistics = {
        name: np.concatenate([part.statistics[name] for part in parts])
        for name in parts[0].statistics
        if name in shared
    }
    return Proposals(
        **arrays,
        num_frames=parts[0].num_frames,
        statistics=statistics,
        taxonomy=parts[0].taxonomy,
    )
