"""The few numbers that stand on top of a report, and its notes in words."""

from collections.abc import Mapping

from surgtools.evaluation.settings import EvaluationSettings


def summarize_sections(sections: Mapping[str, Mapping], settings: EvaluationSettings) -> dict:
    """The few numbers one looks at first, by flat names."""
    pck = f"PCK@{settings.pck_threshold:g}"
    summary = {}
    for name in ("boxes", "boxes_with_presence"):
        if name not in sections:
            continue
        suffix, boxes = name.removeprefix("boxes"), sections[name]
        summary |= {f"box_{key}{suffix}": boxes[key] for key in ("AP", "AP50")}
        summary[f"recall{suffix}"] = boxes["recall"]
        if "negatives" in boxes:
            counts = boxes["negatives"]
            summary[f"false_instruments_per_negative{suffix}"] = counts["per_picture"]
            summary[f"negatives_with_one{suffix}"] = counts["share_with_one"]
    for name in ("keypoints_gt_boxes", "keypoints_detector_boxes", "keypoints"):
        if name in sections:
            suffix = name.removeprefix("keypoints")
            section, visibility = sections[name], sections[name]["visibility"]
            summary |= {
                f"keypoint_AP{suffix}": section["AP"],
                f"AR{suffix}": section["AR"],
                f"{pck}{suffix}": section[pck],
                f"mean_px{suffix}": section["mean_px"],
                f"visibility_accuracy{suffix}": visibility["accuracy"],
                f"balanced_visibility_accuracy{suffix}": visibility["balanced_accuracy"],
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
