"""What one looks at first in a report, and what it says in words."""

from collections.abc import Mapping

from surgtools.evaluation.settings import EvaluationSettings


def summarize(sections: Mapping[str, Mapping], settings: EvaluationSettings) -> dict:
    """The few numbers one looks at first, by flat names."""
    pck = f"PCK@{settings.pck_threshold:g}"
    summary = {}
    if "boxes" in sections:
        boxes = sections["boxes"]
        summary |= {"box_AP": boxes["AP"], "box_AP50": boxes["AP50"], "recall": boxes["recall"]}
        if "negatives" in boxes:
            summary["false_instruments_per_negative"] = boxes["negatives"]["per_picture"]
            summary["negatives_with_one"] = boxes["negatives"]["share_with_one"]
    for name in ("keypoints_gt_boxes", "keypoints_detector_boxes", "keypoints"):
        if name in sections:
            suffix = name.removeprefix("keypoints")
            section = sections[name]
            summary |= {
                f"keypoint_AP{suffix}": section["AP"],
                f"AR{suffix}": section["AR"],
                f"{pck}{suffix}": section[pck],
                f"mean_px{suffix}": section["mean_px"],
                f"visibility_accuracy{suffix}": section["visibility"]["accuracy"],
            }
    return summary


def distinct_notes(sections: Mapping[str, Mapping]) -> list[str]:
    """Every note once, with the stage it concerns unless it concerns all."""
    stages: dict[str, list[str]] = {}
    for name, section in sections.items():
        for note in section["notes"]:
            stages.setdefault(note, []).append(name)
    return [
        note if len(names) == len(sections) else f"{', '.join(names)}: {note}"
        for note, names in stages.items()
    ]
