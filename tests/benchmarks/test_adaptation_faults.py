"""How far gates were from their limits, and which labels are right, by hand."""

import json
from pathlib import Path

import pytest

from surgtools.adaptation.frames.pool import FramePool, PoolFrame

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def faults(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import adaptation_faults

    return adaptation_faults


def test_margins_of_gates(faults):

    def run(fault, value):
        gate = {"name": "empty frames", "value": value, "limit": 0.2, "at_most": True}
        return {"fault": fault, "gates": [gate]}

    rows = [run("none", 0.05), run("none", 0.1), run("blind", 1.0), run("blind", None)]
    line = faults.gate_table(rows)[-1].split()
    # harmless margins 0.15 and 0.1; harmful -0.8 and, for no number, minus infinity
    assert line == "empty frames at most 2 0 0.100 0.125 2 2 -inf -inf".split()


POINTS = [(20, 20), (0, 80), (40, 80), (5, 0), (35, 0)]
"""Of a needle holder in the box x 0, y 0, 60 wide, 80 high: its diagonal is 100."""


def row(category_id=1, bbox=(0, 0, 60, 80), shift=0.0, keep=5, score=0.9):
    points = [[x + shift, y, 2] if i < keep else [0, 0, 0] for i, (x, y) in enumerate(POINTS)]
    keypoints = [value for point in points for value in point]
    fields = {"image_id": 1, "iscrowd": 0, "score": score, "keypoints": keypoints}
    return {"category_id": category_id, "bbox": list(bbox), **fields}


@pytest.fixture
def precision(faults, tmp_path):
    """Function of labels and of the truth of one picture to the share that is right."""
    frame = PoolFrame("pool_0.jpg", 100, 100, "/anywhere/seen.jpg", "c", 0, "g")

    def share(labels, truth):
        images = [{"id": 1, "file_name": "pool_0.jpg"}]
        path = tmp_path / "round.json"
        path.write_text(json.dumps({"images": images, "annotations": labels}))
        known = {"images": [{"id": 1, "file_name": "seen.jpg"}], "annotations": truth}
        return faults.true_precision(path, FramePool(tmp_path, [frame]), known)

    return share


def test_right_labels(precision):
    assert precision([row()], [row()]) == 1
    assert precision([row(category_id=1)], [row(category_id=2)]) == 0
    assert precision([], [row()]) is None
    # 5 px are 5 % of the diagonal
    assert precision([row(shift=4.9)], [row()]) == 1
    assert precision([row(shift=5.1)], [row()]) == 0


def test_a_box_elsewhere_is_wrong_however_close_the_keypoints(precision):
    assert precision([row(bbox=(0, 0, 60, 41))], [row()]) == 1  # IoU 41 / 80
    assert precision([row(bbox=(0, 0, 60, 39))], [row()]) == 0


def test_two_labels_of_one_instrument_are_one_right_and_one_wrong(precision):
    assert precision([row(shift=1), row(score=0.8)], [row()]) == 0.5
    assert precision([row(shift=1), row(score=0.8)], [row(), row(shift=2)]) == 1


def test_only_keypoints_that_both_have_count(precision):
    assert precision([row(keep=3)], [row()]) == 1, "dropped ones lie at 0, 0 in the label"
    assert precision([row()], [row(keep=3)]) == 1, "unlabelled ones lie at 0, 0 in the truth"
    assert precision([row(keep=3, shift=5.1)], [row()]) == 0
    assert precision([row(keep=0)], [row()]) == 1, "judged by category and box"


def test_crowds_are_no_labels(precision):
    assert precision([row(), row(category_id=2) | {"iscrowd": 1}], [row()]) == 1
