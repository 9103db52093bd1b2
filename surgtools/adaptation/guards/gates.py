"""Decide whether an adapted model may replace the starting one; ``round_gates`` decides on labels.

Each gate compares with the starting model and looks in one direction, too much or too little;
together they close both. None needs a label of the target. A gate says its number, its limit and
why it is there, and a single closed gate rolls back.

Shapes: counts of frames are plain integers; shares are in [0, 1].
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import binom

from surgtools.adaptation.frames.held_out import MIN_TRUSTED
from surgtools.adaptation.guards.judged_proposals import (
    JudgedProposals,
    count_changed,
    frames_with_any,
    has_neighbor,
    instances_per_frame,
)

SIGNIFICANCE = 0.05
"""How rarely chance alone may explain a fall in the number of frames that closes a gate."""


@dataclass(frozen=True)
class Gate:
    """The answer of one guard: a measured number beside its limit.

    Attributes:
        name: what is measured.
        value: what was measured.
        limit: what was allowed.
        at_most: whether the value may not exceed the limit, or may not fall below it.
        why: what a closed gate means.
    """

    name: str
    value: float
    limit: float
    at_most: bool
    why: str

    @property
    def open(self) -> bool:
        """NaN is never within a limit."""
        return bool(self.value <= self.limit if self.at_most else self.value >= self.limit)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; a value that is no number is None."""
        values = asdict(self) | {"open": self.open, "text": str(self)}
        return values | {"value": self.value if np.isfinite(self.value) else None}

    def __str__(self) -> str:
        relation = "at most" if self.at_most else "at least"
        return f"{self.name} is {self.value:.3f}, {relation} {self.limit:.3f} allowed: {self.why}"


def gate_model(
    start: JudgedProposals, adapted: JudgedProposals, teacher: JudgedProposals | None = None
) -> list[Gate]:
    """Compare two pairs of networks on held-out frames of the target.

    Args:
        start: of the starting pair.
        adapted: of the adapted pair, on the same pictures.
        teacher: of the teacher, where it sees more than the student: the full picture, say, of
            which the student gets few pixels. An instrument that the teacher has an idea of is
            not made up.

    Returns:
        Gates in both directions; shares are of all held-out frames, but for what is lost: that is
        of the frames where something could be, so that a pair that finds little is judged as
        strictly as one that finds much. Numbers of frames may fall by a fixed share, or by as
        much as chance explains where that is more.
    """
    teacher = teacher or start
    frames = max(1, start.proposals.num_frames)
    reported, before = adapted.reported, start.reported
    unsupported = ~(
        has_neighbor(reported, start.proposals, keypoints=False)
        | has_neighbor(reported, teacher.proposals, keypoints=False)
    )
    lost = ~has_neighbor(start.accepted, reported, keypoints=True)
    trusted_loss = max(0.03 * frames, _chance(count_changed(start.accepted, adapted.accepted)))
    reported_loss = max(0.05 * frames, _chance(count_changed(before, reported)))
    doubtful_before = max(map(frames_with_any, (start.doubtful, teacher.doubtful)))
    doubtful_gain = max(0.05 * frames, _chance(count_changed(start.doubtful, adapted.doubtful)))
    return [
        Gate(
            "frames the starting pair can be trusted on",
            teacher.trusted_frames,
            MIN_TRUSTED,
            False,
            "too little is known of the held-out frames to tell better from worse",
        ),
        Gate(
            "frames with an instrument out of nothing",
            frames_with_any(reported.subset(unsupported)) / frames,
            0.10,
            True,
            "the adapted pair reports instruments where the starting pair has no idea of one",
        ),
        Gate(
            "trusted frames with a lost instrument",
            frames_with_any(start.accepted.subset(lost)) / max(1, start.trusted_frames),
            0.08,
            True,
            "instruments that were found and trusted are gone or elsewhere",
        ),
        Gate(
            "instruments per frame that has any",
            instances_per_frame(reported),
            1.25 * max(instances_per_frame(before), instances_per_frame(teacher.reported)) + 0.05,
            True,
            "the adapted pair sees more instruments per frame",
        ),
        Gate(
            "frames with a doubtful instrument",
            frames_with_any(adapted.doubtful) / frames,
            (doubtful_before + doubtful_gain) / frames,
            True,
            "the adapted pair says more that the rules do not believe, such as parts of a whole",
        ),
        Gate(
            "empty frames",
            (frames - frames_with_any(reported)) / frames,
            (frames - frames_with_any(before) + reported_loss) / frames,
            True,
            "the adapted pair has gone blind",
        ),
        Gate(
            "frames with a trusted instrument",
            adapted.trusted_frames / frames,
            (start.trusted_frames - trusted_loss) / frames,
            False,
            "the label-free score fell: views disagree or shapes are implausible",
        ),
    ]


def gate_background(start: np.ndarray, adapted: np.ndarray) -> Gate:
    """Compare the frames, instruments erased, in which something is still reported.

    Args:
        start: (P,) bool, one per erased frame.
        adapted: (P,) of the same frames.
    """
    frames = max(1, len(start))
    allowed = max(0.05 * frames, _chance(int((start != adapted).sum())))
    return Gate(
        "instruments on erased frames",
        int(adapted.sum()) / frames,
        (int(start.sum()) + allowed) / frames,
        True,
        "the adapted pair reports instruments on bare background",
    )


def gate_made_up(start_rate: float, adapted_rate: float, teacher_rate: float = 0.0) -> Gate:
    """Compare the share of source pictures with a report where the truth has no instrument.

    Args:
        start_rate: of the starting pair.
        adapted_rate: of the adapted pair, on the same pictures.
        teacher_rate: of the teacher, where it sees more than the student. Who finds next to
            nothing makes next to nothing up, so a blind student's own rate would forbid it to
            learn.
    """
    return Gate(
        "source pictures with an instrument out of nothing",
        adapted_rate,
        max(start_rate, teacher_rate) + 0.05,
        True,
        "the adapted pair takes other things for instruments",
    )


def gate_source(
    start: Mapping[str, float | None], adapted: Mapping[str, float | None], drop: float = 0.05
) -> list[Gate]:
    """Compare scores on the source's validation set.

    Args:
        start: ``box AP of needle_holder`` and the like to AP in [0, 1]; None where it is not
            defined.
        adapted: the same names.
        drop: largest loss allowed, of the mean over categories. One category may lose twice as
            much: it has half of the labels, and its AP is the less certain for it.
    """
    measured = [name for name, value in start.items() if value is not None]
    scores = {
        name: [np.nan if adapted[name] is None else adapted[name], start[name], 2 * drop]
        for name in measured
    }
    for kind in dict.fromkeys(name.split(" of ")[0] for name in measured):
        own = [scores[name] for name in measured if name.split(" of ")[0] == kind]
        scores[f"mean {kind}"] = [*np.mean([row[:2] for row in own], axis=0), drop]
    why = "what the source has taught is being forgotten"
    return [
        Gate(f"source {name}", float(now), float(before - allowed), False, why)
        for name, (now, before, allowed) in scores.items()
    ]


def closed(gates: Sequence[Gate]) -> list[Gate]:
    """The gates that refuse."""
    return [gate for gate in gates if not gate.open]


def _chance(changed: int) -> float:
    """Frames that may be lost, net, where as many are gained as lost but for chance: a sign test.

    Of the frames that changed, each is lost or gained with a probability of one half; at most one
    harmless pair in twenty loses more.
    """
    return 2 * binom.isf(SIGNIFICANCE, changed, 0.5) - changed if changed else 0.0
