"""The table shows what a user gets of each model, and a dash where nothing was measured."""

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[3] / "benchmarks/peers"

PAIR = {
    "summary": {
        "box_AP": 0.1,
        "recall": 0.2,
        "negatives_with_one": 0.9,
        "box_AP_with_presence": 0.5,
        "recall_with_presence": 0.6,
        "negatives_with_one_with_presence": 0.25,
        "keypoint_AP_gt_boxes": 0.9,
        "keypoint_AP_detector_boxes": 0.7,
        "PCK@0.05_gt_boxes": 0.95,
        "PCK@0.05_detector_boxes": 0.8,
    },
    "boxes": {"negatives": {}, "operating_point": {"recall": 0.1}},
    "boxes_with_presence": {"negatives": {}, "operating_point": {"recall": 0.55}},
}
ONE_STAGE = {
    "summary": {"box_AP": 0.4, "recall": 0.5, "keypoint_AP": 0.3, "PCK@0.05": 0.35},
    "boxes": {"operating_point": {"recall": 0.45}},  # on empty pictures of the set itself
}


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import side_by_side

    return side_by_side


def test_both_networks_together_are_shown_where_there_are_two(module):
    assert list(module.figures_of(PAIR).values()) == [0.5, 0.7, 0.8, 0.6, 0.25, 0.55]


def test_what_was_not_measured_is_not_made_up(module):
    assert list(module.figures_of(ONE_STAGE).values()) == [0.4, 0.3, 0.35, 0.5, None, None]


def test_a_row_per_set_and_model(module):
    comparison = {
        "models": {
            "yolo": {"model": "peer", "minutes": 35.04, "cpu_minutes": 33.21},
            "ours": {"model": "pair"},
        },
        "scores": {
            "real": {"yolo": module.figures_of(ONE_STAGE), "ours": module.figures_of(PAIR)}
        },
    }
    lines = module.table_lines(comparison)
    assert len(lines) == 4 and len({line.count("|") for line in lines}) == 1
    assert lines[2] == (
        "| real | peer | 0.400 | 0.300 | 0.350 | 0.500 | - | - | 35.0 min | 33.2 min |"
    )
    assert lines[3] == ("| real | pair | 0.500 | 0.700 | 0.800 | 0.600 | 0.250 | 0.550 | - | - |")
