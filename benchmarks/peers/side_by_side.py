"""Reports of different models on the same pictures, as one table."""

from collections.abc import Mapping

FIGURES = {
    "box AP": ("box_AP_with_presence", "box_AP"),
    "keypoint AP": ("keypoint_AP_detector_boxes", "keypoint_AP"),
    "PCK@0.05": ("PCK@0.05_detector_boxes", "PCK@0.05"),
    "recall": ("recall_with_presence", "recall"),
    "negatives with a false instrument": (
        "negatives_with_one_with_presence",
        "negatives_with_one",
    ),
}
"""Heading to names in a report's summary, the first that is there: what a user gets."""

AT_5_PERCENT = "recall at 5 % of negatives"


def figures_of(report: Mapping) -> dict[str, float | None]:
    """The numbers of one row; None where a report does not tell."""
    summary = report["summary"]
    figures = {
        heading: next((summary[name] for name in names if name in summary), None)
        for heading, names in FIGURES.items()
    }
    boxes = report.get("boxes_with_presence", report["boxes"])
    point = boxes.get("operating_point") if "negatives" in boxes else None
    return {**figures, AT_5_PERCENT: point["recall"] if point else None}


def table_lines(comparison: Mapping) -> list[str]:
    """A Markdown table, a row per set of pictures and model.

    Args:
        comparison: ``models``, by name what its ``training.json`` says, and ``scores``, by
            set and model name the ``figures_of`` it.
    """
    headings = ["pictures", "model", *FIGURES, AT_5_PERCENT, "training", "of processors"]
    lines = [_line(headings), _line(["---"] * len(headings))]
    for pictures, scores in comparison["scores"].items():
        for name, figures in scores.items():
            training = comparison["models"][name]
            cells = [pictures, training["model"]]
            cells += [_number(figures[heading]) for heading in (*FIGURES, AT_5_PERCENT)]
            cells += [_minutes(training.get(key)) for key in ("minutes", "cpu_minutes")]
            lines.append(_line(cells))
    return lines


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _minutes(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} min"
