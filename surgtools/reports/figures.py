"""Figures of a report as SVG text, drawn without a display.

Every function takes plain lists from a metrics file or a training log.
"""

import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

COLORS = ("#d1495b", "#00798c", "#edae49", "#66a182", "#2e4057", "#8d6a9f")
WIDTH, HEIGHT = 5.2, 3.4
Points = Sequence[tuple[float, float]]


def line_figure(
    curves: Mapping[str, Points], title: str, x: str, y: str, log: bool = False
) -> str:
    """Named curves of (x, y) points in one frame."""
    figure, axes = _frame(title, x, y)
    for color, (name, points) in zip(_colors(), curves.items(), strict=False):
        style = {"marker": "o", "markersize": 3} if len(points) < 30 else {}
        axes.plot(*np.array(points, dtype=float).T, color=color, label=name, lw=1.4, **style)
    if log:
        axes.set_yscale("log")
    _legend_below(figure, axes)
    return _svg(figure)


def path_figure(paths: Mapping[str, Points], title: str, unit: str) -> str:
    """Ways in a picture, to one scale: x to the right, y down. A ring marks the start of each."""
    figure, axes = _frame(title, f"to the right, {unit}", f"down, {unit}")
    for color, (name, points) in zip(_colors(), paths.items(), strict=False):
        x, y = np.array(points, dtype=float).T
        axes.plot(x, y, color=color, label=name, lw=1.4)
        axes.plot(x[:1], y[:1], "o", color=color, markersize=6, markerfacecolor="white")
    axes.set_aspect("equal", adjustable="datalim")
    axes.invert_yaxis()
    _legend_below(figure, axes)
    return _svg(figure)


def pr_figure(curves: Mapping, title: str) -> str:
    """Precision over recall per category: solid at 0.50, dashed at 0.75."""
    figure, axes = _frame(title, "recall", "precision")
    for color, (category, lines) in zip(_colors(), curves["categories"].items(), strict=False):
        axes.plot(curves["recall"], lines["0.50"], color=color, label=f"{category}, 0.50")
        axes.plot(curves["recall"], lines["0.75"], color=color, ls="--", label="0.75")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    _legend(axes)
    return _svg(figure)


def pck_figure(curve: Mapping) -> str:
    """PCK over the share of the box diagonal, per category."""
    figure, axes = _frame("PCK", "threshold, share of the box diagonal", "keypoints within")
    for color, (category, values) in zip(_colors(), curve["categories"].items(), strict=False):
        axes.plot(curve["thresholds"], values, color=color, label=category)
    axes.axvline(0.05, color="0.6", lw=0.8, ls=":")
    axes.set(xlim=(0, max(curve["thresholds"])), ylim=(0, 1.02))
    _legend(axes)
    return _svg(figure)


def histogram_figure(histogram: Mapping) -> str:
    """Keypoint errors of found instances in percent of the box diagonal."""
    figure, axes = _frame("Keypoint errors", "error, % of the box diagonal", "keypoints")
    edges = np.array(histogram["edges_percent_of_diagonal"])
    for color, (category, counts) in zip(_colors(), histogram["counts"].items(), strict=False):
        axes.stairs(counts, edges, color=color, fill=True, alpha=0.45, label=category)
    axes.set_xlim(0, edges[-1])
    axes.annotate("last bin: and more", (1, 1), xycoords="axes fraction", ha="right", va="bottom")
    _legend(axes)
    return _svg(figure)


def confusion_figure(confusion: Mapping) -> str:
    """Counts of truth (rows) against found (columns)."""
    counts = np.array(confusion["counts"])
    labels = confusion["labels"]
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.subplots()
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    share[-1] = counts[-1] / max(counts[:-1].sum(), 1)  # false ones, beside all instances
    axes.imshow(share, cmap="BuGn", vmin=0, vmax=1.4)
    for (row, column), count in np.ndenumerate(counts):
        if row == column == len(labels) - 1:
            continue  # nothing found where nothing is cannot be counted
        axes.text(column, row, str(count), ha="center", va="center", fontsize=11)
    axes.set_xticks(range(len(labels)), labels)
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xlabel="found", ylabel="truth")
    axes.set_title("Confusion", loc="left", fontsize=11)
    axes.tick_params(length=0)
    return _svg(figure)


def _frame(title: str, x: str, y: str) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=11)
    axes.set(xlabel=x, ylabel=y)
    axes.grid(color="0.9", lw=0.7)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _legend(axes: Axes) -> None:
    if axes.get_legend_handles_labels()[0]:
        axes.legend(framealpha=0.75, edgecolor="none", fontsize=7.5)


def _legend_below(figure: Figure, axes: Axes) -> None:
    """Below the frame: curves go everywhere within it."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        columns = min(len(labels), 3 if max(map(len, labels)) < 24 else 2)
        figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=8
        )


def _colors() -> list[str]:
    return list(COLORS) * 4


def _svg(figure: Figure) -> str:
    """The ``<svg>`` element alone, as HTML embeds it."""
    buffer = io.StringIO()
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=nothing)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
