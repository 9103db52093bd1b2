"""Gates: may a round of labels be learnt from, may an adapted model replace the starting one?

Each gate compares with the starting model and looks in one direction, too much or too little;
together they close both. None needs a label of the target. A gate says its number, its limit and
why it is there, and a single closed gate rolls back.

Shapes: counts of frames are plain integers; shares are in [0, 1].
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from surgtools.engine.proposals import Proposals
from surgtools.engine.selection.agreement import keypoint_distance
from surgtools.engine.selection.overlap import box_iou
from surgtools.metainfo import INSTRUMENTS

REPORT_SCORE = 0.3
"""From this box score on ``predict`` reports an instrument."""

SAME_LABEL = 0.1
"""Keypoints within this share of the box diagonal, on average, are the same label."""


MIN_TRUSTED = 5
"""Held-out frames with a trusted instrument of the starting pair; below, nothing can be lost."""


@dataclass(frozen=True)
class Gate:
    """Attributes:
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


def gate_round(reference: Mapping, current: Mapping) -> list[Gate]:
    """Compare a round of labels with the round the starting models made of the same frames.

    Counts are of accepted proposals, whether or not their frame is fit for a detector, so rounds
    for either network compare.

    Args:
        reference: content of the starting models' round file.
        current: content of the round in question.
    """
    before, now = reference["info"]["round"], current["info"]["round"]
    total = max(1, sum(before["frames"].values()))
    proposed = (total - before["frames"]["empty"]) / total
    found_before, found_now = _found_share(before), _found_share(now)
    gates = [
        Gate(
            "share of frames with a label",
            found_now,
            min(1.0, proposed + 0.05),
            True,
            "the teacher sees instruments where the starting model has no idea of one",
        ),
        Gate(
            "share of frames with a label",
            found_now,
            0.5 * found_before,
            False,
            "the teacher has gone blind",
        ),
        Gate(
            "labels per labelled frame",
            _per_frame(now),
            1.3 * _per_frame(before) + 0.1,
            True,
            "the teacher sees more instruments per frame than the starting model",
        ),
    ]
    for instrument in INSTRUMENTS:
        count = before["accepted"][instrument.name]
        if count >= 10:
            gates.append(
                Gate(
                    f"labels of {instrument.name}",
                    now["accepted"][instrument.name],
                    0.3 * count,
                    False,
                    "a category that the starting model finds is missing",
                )
            )
    share = agreement_of_rounds(reference, current)
    if np.isfinite(share):
        gates.append(
            Gate(
                "labels that agree with the starting model",
                share,
                0.7,
                False,
                "teacher and starting model contradict each other on the frames both label",
            )
        )
    return gates


def agreement_of_rounds(reference: Mapping, current: Mapping) -> float:
    """Of the labels on frames that both rounds label, the share that is the same instance.

    Returns:
        NaN when fewer than 5 labels are on common frames.
    """
    before = _by_file(reference)
    same = total = 0
    for name, rows in _by_file(current).items():
        for row in rows if name in before else ():
            total += 1
            same += any(_same_label(row, other) for other in before[name])
    return same / total if total >= 5 else float("nan")


def gate_model(
    start: Proposals,
    adapted: Proposals,
    start_trusted: np.ndarray,
    adapted_trusted: np.ndarray,
) -> list[Gate]:
    """Compare two pairs of networks on held-out frames of the target.

    Args:
        start: proposals of the starting pair, down to low scores.
        adapted: those of the adapted pair on the same frames.
        start_trusted: (N,) bool, accepted by the selection rules.
        adapted_trusted: (M,) likewise.

    Returns:
        Gates in both directions; shares are of all held-out frames.
    """
    frames = max(1, start.num_frames)
    reported = adapted.subset(adapted.scores >= REPORT_SCORE)
    before = start.subset(start.scores >= REPORT_SCORE)
    unsupported = ~_has_neighbor(reported, start, keypoints=False)
    sure = start.subset(start_trusted & (start.scores >= REPORT_SCORE))
    lost = ~_has_neighbor(sure, reported, keypoints=True)
    trusted_share = [
        len(np.unique(p.frames[t & (p.scores >= REPORT_SCORE)])) / frames
        for p, t in ((start, start_trusted), (adapted, adapted_trusted))
    ]
    return [
        Gate(
            "frames the starting pair can be trusted on",
            trusted_share[0] * frames,
            MIN_TRUSTED,
            False,
            "too little is known of the held-out frames to tell better from worse",
        ),
        Gate(
            "frames with an instrument out of nothing",
            len(np.unique(reported.frames[unsupported])) / frames,
            0.10,
            True,
            "the adapted pair reports instruments where the starting pair has no idea of one",
        ),
        Gate(
            "frames with a lost instrument",
            len(np.unique(sure.frames[lost])) / frames,
            0.08,
            True,
            "instruments that were found and trusted are gone or elsewhere",
        ),
        Gate(
            "instruments per frame that has any",
            _crowd(reported),
            1.25 * _crowd(before) + 0.05,
            True,
            "the adapted pair sees more instruments per frame",
        ),
        Gate(
            "empty frames",
            1 - len(np.unique(reported.frames)) / frames,
            1 - len(np.unique(before.frames)) / frames + 0.05,
            True,
            "the adapted pair has gone blind",
        ),
        Gate(
            "frames with a trusted instrument",
            trusted_share[1],
            trusted_share[0] - 0.03,
            False,
            "the label-free score fell: views disagree or shapes are implausible",
        ),
    ]


def gate_background(start_rate: float, adapted_rate: float) -> Gate:
    """Compare the share of frames, instruments erased, in which something is still reported."""
    return Gate(
        "instruments on erased frames",
        adapted_rate,
        start_rate + 0.05,
        True,
        "the adapted pair reports instruments on bare background",
    )


def gate_source(
    start: Mapping[str, float | None], adapted: Mapping[str, float | None], drop: float = 0.05
) -> list[Gate]:
    """Compare scores on the source's validation set.

    Args:
        start: name to AP in [0, 1]; None where it is not defined.
        adapted: the same names.
        drop: largest loss allowed.
    """
    return [
        Gate(
            f"source {name}",
            float("nan") if adapted[name] is None else float(adapted[name]),
            float(value) - drop,
            False,
            "what the source has taught is being forgotten",
        )
        for name, value in start.items()
        if value is not None
    ]


def closed(gates: Sequence[Gate]) -> list[Gate]:
    """The gates that refuse."""
    return [gate for gate in gates if not gate.open]


def _found_share(facts: Mapping) -> float:
    found = facts["frames"]["labelled"] + facts["frames"]["partly"]
    return found / max(1, sum(facts["frames"].values()))


def _per_frame(facts: Mapping) -> float:
    found = facts["frames"]["labelled"] + facts["frames"]["partly"]
    return sum(facts["accepted"].values()) / found if found else 0.0


def _crowd(proposals: Proposals) -> float:
    return len(proposals) / len(np.unique(proposals.frames)) if len(proposals) else 1.0


def _by_file(content: Mapping) -> dict[str, list[Mapping]]:
    names = {image["id"]: image["file_name"] for image in content["images"]}
    grouped: dict[str, list[Mapping]] = {}
    for row in content["annotations"]:
        grouped.setdefault(names[row["image_id"]], []).append(row)
    return grouped


def _same_label(a: Mapping, b: Mapping) -> bool:
    if a["category_id"] != b["category_id"]:
        return False
    first, second = (np.array(row["keypoints"], dtype=float).reshape(-1, 3) for row in (a, b))
    both = (first[:, 2] > 0) & (second[:, 2] > 0)
    if not both.any():
        boxes = [np.array(row["bbox"]) for row in (a, b)]
        corners = [np.concatenate([box[:2], box[:2] + box[2:]])[None] for box in boxes]
        return bool(box_iou(*corners)[0, 0] >= 0.5)
    error = np.linalg.norm(first[both, :2] - second[both, :2], axis=1).mean()
    return bool(error <= SAME_LABEL * np.hypot(*b["bbox"][2:]))


def _has_neighbor(these: Proposals, those: Proposals, keypoints: bool) -> np.ndarray:
    """(N,) whether each instance has one of the others at its place.

    Args:
        keypoints: ask for the same category and keypoints, not only for a box nearby.
    """
    result = np.zeros(len(these), dtype=bool)
    for index in range(len(these)):
        (others,) = np.nonzero(those.frames == these.frames[index])
        if len(others) == 0:
            continue
        if keypoints:
            gaps = keypoint_distance(these.keypoints[index][None], those.keypoints[others])
            result[index] = gaps.min() <= 2 * SAME_LABEL * these.sizes[index]
        else:
            overlap = box_iou(these.boxes[index][None], those.boxes[others])
            result[index] = overlap.max() >= 0.2
    return result
