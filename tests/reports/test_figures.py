"""Figures are SVG elements that hold what they are given."""

import xml.etree.ElementTree as ElementTree

import pytest

from surgtools.reports import figures

CURVE = {"recall": [0, 1], "categories": {"tweezers": {"0.50": [1, 0.5], "0.75": [0.5, 0.1]}}}
HISTOGRAM = {"edges_percent_of_diagonal": [0, 10, 20], "counts": {"tweezers": [3, 1]}}
CONFUSION = {"labels": ["a", "b", "nothing"], "counts": [[7, 0, 1], [0, 5, 0], [2, 0, 0]]}


@pytest.mark.parametrize(
    "svg",
    [
        figures.line_figure({"loss": [(1, 3.0), (2, 1.0)]}, "Loss", "iteration", "loss", log=True),
        figures.line_figure({}, "Empty", "x", "y"),
        figures.path_figure({"tip": [(1, 3), (2, 5)]}, "Path", "mm"),
        figures.pr_figure(CURVE, "Precision and recall"),
        figures.pck_figure({"thresholds": [0.1, 0.2], "categories": {"tweezers": [0.3, 0.8]}}),
        figures.histogram_figure(HISTOGRAM),
        figures.confusion_figure(CONFUSION),
    ],
    ids=["line", "empty", "path", "pr", "pck", "histogram", "confusion"],
)
def test_figures_are_well_formed_and_need_nothing_else(svg):
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg")
    assert not any("http" in value for node in root.iter() for value in node.attrib.values())


def test_a_curve_has_as_many_points_as_given():
    svg = figures.line_figure({"loss": [(x, x) for x in range(40)]}, "Loss", "x", "y")
    drawn = [part for part in svg.split("<path d=") if part.count(" L ") == 0]
    assert drawn and svg.count("L ") >= 39
