"""The outcome of one run of ``surgtools adapt``."""

from dataclasses import dataclass
from typing import Any

from surgtools.adaptation.frames.pool import FramePool
from surgtools.adaptation.guards.gates import Gate
from surgtools.adaptation.guards.pair_measures import PairMeasures
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.prediction.models import Models


@dataclass
class StageResult:
    """What became of one network: accepted or rolled back, and why.

    Attributes:
        role: ``detector``, ``pose`` or ``one_stage``.
        accepted: whether the adapted network replaces the starting one.
        reason: why.
        gates: all that were asked.
        rounds: ``info.round`` of every round.
    """

    role: str
    accepted: bool
    reason: str
    gates: list[Gate]
    rounds: list[dict]

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return vars(self) | {"gates": [gate.to_dict() for gate in self.gates]}


@dataclass
class AdaptResult:
    """What became of a whole adaptation, with the pair to use from now on.

    Attributes:
        pair: the networks to use from now on, in ``OUT``.
        stages: one per adapted network.
        reference: ``info.round`` of the starting pair's labels.
        start, final: measures of the starting pair and of the pair to use.
        pool: the frames.
        knowledge: what the source gave.
    """

    pair: Models
    stages: list[StageResult]
    reference: dict
    start: PairMeasures
    final: PairMeasures
    pool: FramePool
    knowledge: SourceKnowledge

    @property
    def accepted(self) -> bool:
        return any(stage.accepted for stage in self.stages)

    def to_dict(self) -> dict[str, Any]:
        """What adapt.json says of it, as JSON values."""
        return {
            "accepted": self.accepted,
            "pair": self.pair.to_dict(),
            "stages": [stage.to_dict() for stage in self.stages],
            "reference": self.reference,
            "thresholds": self.knowledge.thresholds,
            "source": {"start": self.start.source, "final": self.final.source},
        }
