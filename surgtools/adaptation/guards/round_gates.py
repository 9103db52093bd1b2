"""Decide whether the labels of a round may be learnt from.

A round is compared with the one the starting models made of the same frames, in both directions:
too much, too little, something else.

Shapes: counts of frames are plain integers; shares are in [0, 1].
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from surgtools.adaptation.guards.gates import Gate
from surgtools.adaptation.guards.judged_proposals import SAME_LABEL
from surgtools.boxes import box_iou_xywh
from surgtools.evaluation.settings import SCORE_THR
from surgtools.prediction.thresholds import DOUBTFUL

MIN_AGREEMENT = 0.9
"""Harmless rounds on drawn, rendered and real pictures agreed by 0.966 and more; those with an
instrument made up in every background, of which the rules let a third pass, by 0.75 to 0.84."""

IDEA = DOUBTFUL * SCORE_THR
"""Score from which the starting model has an idea of an instrument: half of what is reported."""

NEARBY = 0.3
"""Box overlap with such an idea from which a label is at its place."""

MAX_OUT_OF_NOTHING = 0.05
"""Harmless rounds on drawn, rendered and real pictures had no such label at all; an instrument
made up in every background, and labels of another picture, 0.22 and more."""


def gate_round(reference: Mapping, current: Mapping) -> list[Gate]:
    """Compare a round of labels with the round the starting models made of the same frames.

    Counts are of accepted proposals, whether or not their frame is fit for a detector, so rounds
    for either network compare.

    Args:
        reference: content of the starting models' round file.
        current: content of the round in question.
    """
    before, now = reference["info"]["round"], current["info"]["round"]
    found_before, found_now = _found_share(before), _found_share(now)
    gates = [
        Gate(
            "labels out of nothing",
            share_out_of_nothing(reference, current),
            MAX_OUT_OF_NOTHING,
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
    for name, count in before["accepted"].items():
        if count >= 10:
            gates.append(
                Gate(
                    f"labels of {name}",
                    now["accepted"][name],
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
                MIN_AGREEMENT,
                False,
                "teacher and starting model contradict each other on the frames both label",
            )
        )
    return gates


def judge_round(
    content: Mapping, reference: Mapping | None = None, min_instances: int = 1
) -> dict[str, Any]:
    """What a round's gates say, and why it may not be learnt from: empty when it may.

    Args:
        content: of the round.
        reference: round of the starting models; without it no gate is asked.
        min_instances: fewer accepted ones are not worth learning from.

    Returns:
        ``gates`` and ``objection``, as the round's file has them.
    """
    gates = gate_round(reference, content) if reference is not None else []
    objections = [str(gate) for gate in gates if not gate.open]
    found = sum(content["info"]["round"]["instances"].values())
    if found < min_instances:
        objections = [f"{found} instances accepted, {min_instances} are needed"]
    return {"gates": [g.to_dict() for g in gates], "objection": "; ".join(objections)}


def gate_learnt(rounds: Sequence[dict]) -> Gate:
    """A training whose rounds were all refused has only replayed the source."""
    refused = [facts["objection"] for facts in rounds if facts["objection"]]
    why = "no round of labels could be learnt from" + (f" ({refused[0]})" if refused else "")
    passed = len(rounds) - len(refused)
    return Gate("rounds learnt from", passed, 1, False, why)


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


def share_out_of_nothing(reference: Mapping, current: Mapping) -> float:
    """Of the labels, the share at whose place the starting model proposed nothing.

    Returns:
        0 when there is no label.
    """
    ideas = {name: [row["bbox"] for row in rows] for name, rows in _by_file(reference).items()}
    for row in reference.get("rejected", ()):
        if row["score"] >= IDEA:
            ideas.setdefault(row["file_name"], []).append(row["bbox"])
    labels = [(name, row) for name, rows in _by_file(current).items() for row in rows]
    nothing = sum(
        not (box_iou_xywh(row["bbox"], ideas.get(name, [])) >= NEARBY).any()
        for name, row in labels
    )
    return nothing / max(1, len(labels))


def _found_share(facts: Mapping) -> float:
    found = facts["frames"]["labelled"] + facts["frames"]["partly"]
    return found / max(1, sum(facts["frames"].values()))


def _per_frame(facts: Mapping) -> float:
    found = facts["frames"]["labelled"] + facts["frames"]["partly"]
    return sum(facts["accepted"].values()) / found if found else 0.0


def _by_file(content: Mapping) -> dict[str, list[Mapping]]:
    names = {image["id"]: image["file_name"] for image in content["images"]}
    grouped: dict[str, list[Mapping]] = {}
    for row in content["annotations"]:
        if not row["iscrowd"]:
            grouped.setdefault(names[row["image_id"]], []).append(row)
    return grouped


def _same_label(a: Mapping, b: Mapping) -> bool:
    if a["category_id"] != b["category_id"]:
        return False
    first, second = (np.array(row["keypoints"], dtype=float).reshape(-1, 3) for row in (a, b))
    both = (first[:, 2] > 0) & (second[:, 2] > 0)
    if not both.any():
        return bool(box_iou_xywh(a["bbox"], b["bbox"])[0, 0] >= 0.5)
    error = np.linalg.norm(first[both, :2] - second[both, :2], axis=1).mean()
    return bool(error <= SAME_LABEL * np.hypot(*b["bbox"][2:]))
