"""What a teacher says of the frame pool, judged and built into one round of pseudo-labels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.proposals import Proposals, propose
from surgtools.adaptation.labels.pseudo_labels import build_round, list_rejected
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.labels.several_teachers import FurtherTeacher, judge_together
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.annotations.coco import CocoBuilder


@dataclass
class PoolLabeler:
    """Makes the rounds of one network's training.

    Attributes:
        pool: the frames; those held out are never labelled.
        proposer: the teacher pair, see ``PairProposer``.
        knowledge: shapes, thresholds, precision model.
        selector: the selection rules.
        role: ``detector``, ``pose`` or ``one_stage``, which learns from the round.
        labels: ``hard`` or ``soft``, see ``build_round``.
        seed: of the selection.
        further: teachers beside this one; see ``join_answers``.
        first_look: file of what the starting models propose, see ``FirstLook``; a teacher that
            still is those models is not asked again.
    """

    pool: FramePool
    proposer: Any
    knowledge: SourceKnowledge
    selector: Selector
    role: str
    labels: str = "hard"
    seed: int = 0
    first_look: str | None = None
    further: Sequence[FurtherTeacher] = ()

    def label(
        self, number: int, origin: dict[str, Any], progress: Callable[[int, int], None]
    ) -> tuple[CocoBuilder, list[dict]]:
        """One round: propose, judge, build.

        Args:
            number: of the round; with the seed it decides the random numbers.
            origin: further facts of the round, for its ``info``.
            progress: called with the number of frames done, and of all.

        Returns:
            The accepted instances, and the rejected ones with their reasons.
        """
        pool, indices = self.pool, self.pool.indices(held_out=False)
        proposals = self._recall(indices)
        if proposals is None:
            proposals = propose(
                pool.read,
                indices,
                self.proposer,
                progress=lambda done: progress(done, len(indices)),
                worth_views=self.selector.passes_one_look,
            )
            numbers = [frame.number for frame in pool.frames]
            self.knowledge.add_statistics(proposals, pool.clips, numbers, pool.read)
        rng = np.random.default_rng((self.seed, number))
        judged = judge_together(
            proposals, indices, self.selector, self.knowledge, self.further, rng
        )
        proposals, reasons, keypoint_thresholds = judged
        builder = build_round(
            pool,
            indices,
            proposals,
            reasons,
            keypoint_thresholds,
            labels=self.labels,
            mark_doubtful=self.role != "pose",
            info={"number": number, "role": self.role, **origin},
        )
        return builder, list_rejected(pool, proposals, reasons)

    def _recall(self, indices: Sequence[int]) -> Proposals | None:
        """The first look, when this teacher is the pair that took it."""
        if self.first_look is None or not hasattr(self.proposer, "signature"):
            return None
        first_look = FirstLook.load(self.first_look)
        if first_look.signature != self.proposer.signature():
            return None
        return first_look.of_frames(indices, self.proposer.score_floor)
