"""Apply all rules to what the teacher proposed; the first rule that objects gives the reason.

Shapes: N proposals.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from surgtools.adaptation.labels.proposals import Proposals
from surgtools.adaptation.labels.selection import (
    RULES,
    Verdict,
    balance_classes,
    judge,
    mean_keypoint_score,
    one_per_place,
)
from surgtools.errors import InputError
from surgtools.prediction.results import Instance

ALL_RULES: tuple[str, ...] = (*RULES, "one_per_place", "class_balance")


@dataclass(frozen=True)
class Selector:
    """All selection rules with their thresholds, ready to be applied to proposals.

    Attributes:
        thresholds: rule name to threshold, from the source set; a rule without one is skipped.
        without: rules to leave out, for ablations.
        max_class_ratio: see ``balance_classes``.
    """

    thresholds: Mapping[str, float]
    without: Collection[str] = field(default=())
    max_class_ratio: float = 4.0

    def __post_init__(self) -> None:
        unknown = set(self.without) - set(ALL_RULES)
        if unknown:
            raise InputError(
                f"rule {sorted(unknown)[0]!r} is unknown; the rules are {', '.join(ALL_RULES)}"
            )

    def select(self, proposals: Proposals, rng: np.random.Generator) -> list[str]:
        """Judge every proposal.

        Args:
            proposals: with statistics.
            rng: of the class balance.

        Returns:
            N strings: empty for an accepted proposal, else ``rule: why``.
        """
        reasons = [""] * len(proposals)
        for name, keep_high in RULES.items():
            if name in self.thresholds and name not in self.without:
                values = proposals.statistics[name]
                _object(reasons, name, judge(name, values, self.thresholds[name], keep_high))
        if "one_per_place" not in self.without:
            self._judge_places(proposals, reasons)
        self.balance(proposals, reasons, rng)
        return reasons

    def balance(self, proposals: Proposals, reasons: list[str], rng: np.random.Generator) -> None:
        """Set aside what one category has too much of; changes ``reasons``."""
        if "class_balance" not in self.without:
            left = np.array([i for i, reason in enumerate(reasons) if not reason], dtype=int)
            verdict = balance_classes(proposals.category_ids[left], self.max_class_ratio, rng)
            for index, reason in zip(left, verdict.reasons, strict=True):
                reasons[index] = f"class_balance: {reason}" if reason else ""

    def unbalanced(self) -> "Selector":
        """The same rules without the balance of classes."""
        return replace(self, without=(*self.without, "class_balance"))

    def with_thresholds(self, thresholds: Mapping[str, float]) -> "Selector":
        """The same rules with the thresholds of another teacher."""
        return replace(self, thresholds=thresholds)

    def passes_one_look(self, instance: Instance) -> bool:
        """Whether the rules that need no further view let an instance pass.

        Where no instance of a picture does, further views cannot change what is accepted.
        """
        values = {
            "bbox_score": instance.bbox_score,
            "keypoint_score": float(mean_keypoint_score(instance.keypoint_scores[None])[0]),
        }
        return all(
            judge(name, np.array([value]), self.thresholds[name], RULES[name]).keep[0]
            for name, value in values.items()
            if name in self.thresholds and name not in self.without
        )

    def _judge_places(self, proposals: Proposals, reasons: list[str]) -> None:
        """Rejected proposals count too: a weak rival of another category is a doubt."""
        keypoints = mean_keypoint_score(proposals.keypoint_scores)
        surety = proposals.scores * np.where(proposals.has_keypoints, keypoints, 1.0)
        verdict = one_per_place(
            proposals.frames,
            proposals.category_ids,
            proposals.boxes,
            proposals.axes,
            surety,
        )
        _object(reasons, "one_per_place", verdict)


def _object(reasons: list[str], rule: str, verdict: Verdict) -> None:
    for index, reason in enumerate(verdict.reasons):
        if reason and not reasons[index]:
            reasons[index] = f"{rule}: {reason}"


def count_reasons(reasons: list[str]) -> dict[str, int]:
    """Rule name to the number of proposals it was the first to reject; ``accepted`` first."""
    counts = {"accepted": sum(not reason for reason in reasons)}
    for rule in ALL_RULES:
        counts[rule] = sum(reason.startswith(f"{rule}:") for reason in reasons)
    return counts
