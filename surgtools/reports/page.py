"""One self-contained HTML page of a training, a test or an adaptation.

The page needs no network and no other file: figures are SVG, pictures are data URIs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, select_autoescape

import surgtools
from surgtools.files import write_whole
from surgtools.reports import figures
from surgtools.reports.pictures import data_uri, show_worst_pictures
from surgtools.reports.tables import SECTIONS, fact_lines, score_rows
from surgtools.reports.training_run import TrainingRun
from surgtools.taxonomy.in_configs import to_taxonomy


@dataclass(frozen=True)
class Block:
    """One section of a page, for what only its writer knows.

    Attributes:
        heading: of the section.
        text: paragraphs.
        columns, rows: of a table, already formatted.
        svgs: figures as SVG text.
        pictures: ``caption`` and ``uri`` (see ``pictures.data_uri``).
    """

    heading: str
    text: Sequence[str] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    svgs: Sequence[str] = ()
    pictures: Sequence[Mapping[str, str]] = field(default=(), repr=False)


def write_report(
    out: str | Path,
    title: str,
    metrics: Mapping | None = None,
    run: TrainingRun | None = None,
    mosaic: np.ndarray | None = None,
    facts: Mapping[str, Mapping[str, str]] | None = None,
    blocks: Sequence[Block] = (),
) -> None:
    """Write the page whole; every part may be absent.

    Args:
        metrics: content of a metrics file that ``surgtools test`` wrote.
        run: see ``training_run.read_training_run``.
        mosaic: training samples as the network sees them, BGR.
        facts: section to name to value: data, environment.
        blocks: further sections, placed before the facts.

    Raises:
        InputError: the file cannot be written.
    """
    sections = [
        *(_score_blocks(metrics) if metrics else ()),
        *([training_block(run)] if run else ()),
        *([mosaic_block(mosaic)] if mosaic is not None and mosaic.size else ()),
        *blocks,
        *(_fact_blocks(facts or {})),
    ]
    environment = Environment(
        loader=PackageLoader("surgtools.reports"), autoescape=select_autoescape()
    )
    page = environment.get_template("report.html").render(
        title=title,
        version=surgtools.__version__,
        time=datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
        tiles=_tiles(metrics) if metrics else [],
        sections=sections,
    )
    with write_whole(out) as part:
        part.write_text(page, encoding="utf-8")


def training_block(run: TrainingRun, heading: str = "Training") -> Block:
    """Curves of a training: losses, learning rate, scores on the validation set."""
    losses = {k: v for k, v in run.train.items() if "loss" in k}
    scores = {k: v for k, v in run.val.items() if k.split("/")[-1] == "AP"}
    others = {
        k: v for k, v in run.val.items() if k.split("/")[-1] in ("AP50", "PCK@0.05", "recall")
    }
    svgs = []
    if losses:
        svgs.append(figures.line_figure(losses, "Loss", "iteration", "loss", log=True))
    if "lr" in run.train:
        rates = {"learning rate": run.train["lr"]}
        svgs.append(figures.line_figure(rates, "Learning rate", "iteration", "", log=True))
    if scores:
        svgs.append(figures.line_figure(scores, "AP on the validation set", "epoch", "AP"))
    if others:
        title = "Other scores on the validation set"
        svgs.append(figures.line_figure(others, title, "epoch", ""))
    misses = {k: v for k, v in run.val.items() if k.split("/")[-1] == "MPJPE"}
    if misses:
        title = "Mean distance of keypoints on the validation set"
        svgs.append(figures.line_figure(misses, title, "epoch", "MPJPE, mm"))
    iterations = max((points[-1][0] for points in run.train.values() if points), default=0)
    word = "iteration" if iterations == 1 else "iterations"
    again = f", started {run.starts} times" if run.starts > 1 else ""
    text = [f"{run.folder}: {iterations:.0f} {word}{again}."]
    if not losses:
        text.append("No loss curves: the training log holds no loss.")
    return Block(heading, text=text, svgs=svgs)


def mosaic_block(mosaic: np.ndarray, heading: str = "Training batches") -> Block:
    """Training samples as the network sees them, BGR."""
    picture = {"caption": "", "uri": data_uri(mosaic)}
    text = ["Training samples after augmentation, as the network sees them."]
    return Block(heading, text=text, pictures=[picture])


def _tiles(metrics: Mapping) -> list[tuple[str, str]]:
    return [
        (name.replace("_", " "), "not defined" if value is None else f"{value:.3f}")
        for name, value in metrics["summary"].items()
        if "visibility" not in name
    ]


def _score_blocks(metrics: Mapping) -> list[Block]:
    columns = ["", "mean", *metrics["settings"]["sigmas"], "95 % interval"]
    blocks = [Block("What was scored", text=_source_lines(metrics))]
    for key, heading in SECTIONS.items():
        if key not in metrics:
            continue
        section = metrics[key]
        rows = [list(row) for row in score_rows(key, metrics)]
        svgs = _section_figures(key, section)
        blocks.append(Block(heading.capitalize(), columns=columns, rows=rows, svgs=svgs))
        if "errors" in section:
            blocks.append(_error_block(section, heading))
    worst = show_worst_pictures(
        metrics["worst"],
        metrics.get("pictures", ""),
        to_taxonomy(metrics["settings"].get("taxonomy")),
    )
    if worst:
        text = ["Truth on the left, answer on the right; hidden keypoints are hollow."]
        blocks.append(Block(f"The {len(worst)} worst pictures", text=text, pictures=worst))
    return blocks


def _source_lines(metrics: Mapping) -> list[str]:
    counts = metrics["counts"]
    instances = ", ".join(f"{count} {name}" for name, count in counts["instances"].items())
    lines = [f"{counts['images']} pictures with {instances}."]
    for name, value in metrics.get("source", {}).items():
        if isinstance(value, Mapping):
            value = list(value.values())
        if isinstance(value, list | tuple):
            value = ", ".join(str(part) for part in value)
        if value:
            lines.append(f"{name}: {'yes' if value is True else value}")
    return [*lines, *fact_lines(metrics)]


def _section_figures(key: str, section: Mapping) -> list[str]:
    if not section["pr_curve"]["categories"]:
        return []
    pr_figure = figures.pr_figure(section["pr_curve"], f"Precision and recall, {SECTIONS[key]}")
    if key.startswith("boxes"):
        return [figures.confusion_figure(section["confusion"]), pr_figure]
    histogram = figures.histogram_figure(section["error_histogram"])
    return [figures.pck_figure(section["pck_curve"]), pr_figure, histogram]


def _error_block(section: Mapping, heading: str) -> Block:
    tables = section["errors"]
    names = list(next(iter(next(iter(tables.values())).values())))
    rows = [
        [category, keypoint, *(_cell(row[name]) for name in names)]
        for category, table in tables.items()
        for keypoint, row in table.items()
    ]
    columns = ["category", "keypoint", *(name.replace("_", " ") for name in names)]
    return Block(f"Errors, {heading}", columns=columns, rows=rows)


def _fact_blocks(facts: Mapping[str, Mapping[str, str]]) -> list[Block]:
    rows = [
        [section, name, value] for section, part in facts.items() for name, value in part.items()
    ]
    return [Block("Data and environment", columns=["", "", ""], rows=rows)] if rows else []


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
