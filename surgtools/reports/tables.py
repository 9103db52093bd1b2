"""The numbers of a metrics report as tables for the terminal."""

import math
from collections.abc import Callable, Iterator, Mapping

from rich.table import Table

SECTIONS = {
    "boxes": "boxes",
    "boxes_with_presence": "boxes, scored by both networks",
    "keypoints_gt_boxes": "keypoints, ground-truth boxes",
    "keypoints_detector_boxes": "keypoints, detector boxes",
    "keypoints": "keypoints",
}
"""Section of a report to its heading; the order is that of the page."""

VISIBILITY_ROWS = {
    "visibility accuracy": "accuracy",
    "visibility accuracy, visible": "accuracy_visible",
    "visibility accuracy, hidden": "accuracy_hidden",
    "balanced visibility accuracy": "balanced_accuracy",
    "visibility AUC": "AUC",
}
"""Row to its key under ``visibility``; a file of an older version lacks some, shown as "-"."""


def score_table(report: Mapping) -> Table:
    """AP and its kin per stage: mean, each category, 95 % interval of the mean."""
    table = Table(title="Scores", title_justify="left")
    table.add_column("", no_wrap=True)
    for name in ("mean", *report["settings"]["sigmas"], "95 % interval"):
        table.add_column(name, justify="right", no_wrap=True)
    for key, heading in SECTIONS.items():
        if key not in report:
            continue
        table.add_row(f"[bold]{heading}[/bold]")
        for label, *values in score_rows(key, report):
            table.add_row(f"  {label}", *values)
        table.add_section()
    return table


def score_rows(key: str, report: Mapping) -> Iterator[tuple[str, ...]]:
    """Rows of one section: label, mean, each category, interval, as texts."""
    section = report[key]
    pck = f"PCK@{report['settings']['pck_threshold']:g}"
    for label, mean, per_category in _scores(key, section, pck):
        interval = section["intervals"].get(label)
        yield (
            label.replace("_", " "),
            _number(mean),
            *(_number(per_category(name)) for name in report["settings"]["sigmas"]),
            f"{interval[0]:.3f} - {interval[1]:.3f}" if interval else "",
        )


def keypoint_table(section: Mapping, heading: str, pck: str) -> Table:
    """Error of each keypoint in pixels and percent of the instrument's length."""
    table = Table(title=f"Errors: {heading}", title_justify="left")
    for name in ("category", "keypoint"):
        table.add_column(name, no_wrap=True)
    for name in ("found", "mean px", "median px", "% of length", pck):
        table.add_column(name, justify="right", no_wrap=True)
    for category, rows in section["errors"].items():
        for keypoint, row in rows.items():
            table.add_row(
                category,
                keypoint,
                f"{row['found']}/{row['labelled']}",
                _number(row["mean_px"], 1),
                _number(row["median_px"], 1),
                _number(row["mean_percent_of_length"], 1),
                _number(row[pck]),
            )
        table.add_section()
    return table


def fact_lines(report: Mapping) -> Iterator[str]:
    """What has no place in a table: false instruments, sigmas, side rule, notes."""
    settings = report["settings"]
    for key, heading in SECTIONS.items():
        if key.startswith("boxes"):
            yield from _false_lines(report.get(key) or {}, heading, settings["score_thr"])
    if space := report.get("space"):
        yield from _space_lines(space)
    for category, sigmas in settings["sigmas"].items():
        yield f"sigmas {category}: " + ", ".join(f"{k} {v:g}" for k, v in sigmas.items())
    uncertain = report["counts"]["uncertain_sides"]
    if uncertain:
        rule = "the better of both assignments" if settings["either_side"] else "the labelled one"
        yield f"sides of {uncertain} instances are uncertain: {rule} counts"
    for note in report["notes"]:
        yield f"note: {note}"


def _space_lines(space: Mapping) -> Iterator[str]:
    for category, row in space["categories"].items():
        yield (
            f"in space, {category}: {_number(row['MPJPE'], 1)} mm from the truth "
            f"({_number(row['N-MPJPE'], 1)} mm if the size were known), seen from the first "
            f"keypoint; {row['found']} of {row['labelled']} instances"
        )


def _false_lines(boxes: Mapping, heading: str, score_thr: float) -> Iterator[str]:
    for key, what in (("empty_pictures", "empty pictures"), ("negatives", "negatives")):
        counts = boxes.get(key)
        if counts and counts["pictures"]:
            yield (
                f"{heading}: false instruments on {counts['pictures']} {what} at score "
                f"{score_thr:g}: {counts['false_instruments']} "
                f"({counts['per_picture']:.3f} per picture, {counts['share_with_one']:.1%} of "
                "pictures with one)"
            )
    point = boxes.get("operating_point")
    if point:
        yield (
            f"{heading}: at most {point['allowed_share']:.0%} of empty pictures with a false "
            f"instrument: score > {_below(point['score_thr'])} leaves recall {point['recall']:.3f}"
        )


def _scores(
    key: str, section: Mapping, pck: str
) -> Iterator[tuple[str, float | None, Callable[[str], float | None]]]:
    def of(name: str) -> Callable[[str], float | None]:
        return lambda category: section["categories"].get(category, {}).get(name)

    names = ("AP", "AP50", "AP75", "AR100" if key.startswith("boxes") else "AR")
    for name in names:
        yield name, section[name], of(name)
    if key.startswith("boxes"):
        yield "recall", section["recall"], of("recall")
        return

    def error(name: str) -> Callable[[str], float | None]:
        return lambda category: section["errors"].get(category, {}).get("all", {}).get(name)

    for name in (pck, "mean_px", "mean_percent_of_length"):
        yield name, section[name], error(name)
    for name in ("AP_visible", "AP_hidden", "AP_sigma_x0.5", "AP_sigma_x2"):
        yield name, section[name], of(name)
    visibility = section["visibility"]

    def seen(name: str) -> Callable[[str], float | None]:
        return lambda category: visibility["categories"].get(category, {}).get(name)

    for label, name in VISIBILITY_ROWS.items():
        yield label, visibility.get(name), seen(name)


def _below(score_thr: float) -> str:
    """The score just below a threshold, which must not pass itself, rounded up to six digits."""
    score = math.nextafter(score_thr, 0)
    shown = round(score, 6)
    return f"{shown if shown >= score else shown + 1e-6:.6g}"


def _number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
