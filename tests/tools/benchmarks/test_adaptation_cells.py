"""Cells are computed once, rates of frames counted by hand, tables show mean and spread."""

import importlib.util
import sys
from pathlib import Path

import pytest

from surgtools.engine.adapt_settings import AdaptSettings
from surgtools.errors import InputError

FOLDER = Path(__file__).resolve().parents[3] / "tools/benchmarks"


def load(name: str):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cells():
    return load("adaptation_cells")


def test_a_cell_is_made_once_and_a_folder_belongs_to_one_setting(cells, tmp_path):
    made = []

    def make():
        made.append(1)
        return {"value": len(made)}

    first = cells.Cells(tmp_path, {"frames": 5})
    assert first.keep("a", make) == {"value": 1}
    again = cells.Cells(tmp_path, {"frames": 5})
    assert again.keep("a", make) == {"value": 1} and again.keep("b", make) == {"value": 2}
    with pytest.raises(InputError, match="holds a benchmark of other settings"):
        cells.Cells(tmp_path, {"frames": 6})


def row(image, category, box, score=0.9):
    return {"image_id": image, "category_id": category, "bbox": box, "score": score}


def test_rates_of_frames(cells):
    content = {
        "images": [{"id": number} for number in range(1, 6)],
        "annotations": [row(n, 1, [0, 0, 10, 10]) for n in (1, 2, 3, 4)],
    }
    found = [
        row(1, 1, [0, 0, 10, 9]),  # found
        row(1, 1, [50, 50, 5, 5]),  # and something made up beside it
        row(2, 2, [0, 0, 10, 10]),  # at the right place, of the wrong category
        row(3, 1, [0, 0, 10, 10], score=0.2),  # not reported
        row(5, 2, [0, 0, 10, 10]),  # on an empty frame
    ]
    # frame 1 of 1, 2, 3, 4 is covered; frames 1 and 5 of all five hold something made up
    assert cells.frame_rates(content, found) == {"coverage": 0.25, "hallucinated": 0.4}
    nothing = {"images": [], "annotations": []}
    assert cells.frame_rates(nothing, []) == {"coverage": None, "hallucinated": None}


def test_cost_follows_frames_views_and_epochs(cells):
    settings = AdaptSettings(roles=())
    # 0.1 + 1.5 * 0.045 s per picture; source 2 * 4 * 150 + 150 + 150, first look 4 * 100
    assert cells.adaptation_cost(settings, 100) == pytest.approx(0.1675 * 1900)
    assert cells.training_cost(10, 4) == pytest.approx(3 * 4 * 10 * 0.1675)


def test_mean_and_spread(cells):
    assert cells.mean_and_spread([0.5, 0.7, None]) == "0.600 +- 0.100"
    assert cells.mean_and_spread([None]) == "-"


def test_clips_stand_for_pictures_where_there_are_any(cells, tmp_path):
    assert cells.unlabelled_part(tmp_path) == [str(tmp_path / "train/images")]
    (tmp_path / "train").mkdir()
    (tmp_path / "train/clip_0001.mp4").touch()
    assert cells.unlabelled_part(tmp_path) == [str(tmp_path / "train/clip_0001.mp4")]


def scores(ap):
    return {"box AP": ap, "keypoint AP": ap, "coverage": 1.0, "hallucinated": 0.0}


def test_share_of_the_gap(cells):
    gap = load("adaptation_gap")
    kinds = dict(zip(gap.KINDS, map(scores, (0.2, 0.5, 0.8)), strict=True))
    # (0.5 - 0.2) / (0.8 - 0.2)
    assert gap.table([kinds])[-1] == "share of the gap in keypoint AP closed: 0.500 +- 0.000"
    assert gap.closed_share(scores(0.5), scores(0.6), scores(0.5), "box AP") is None


def test_margins_of_gates(cells):
    faults = load("adaptation_faults")

    def run(fault, value):
        gate = {"name": "empty frames", "value": value, "limit": 0.2, "at_most": True}
        return {"fault": fault, "gates": [gate]}

    rows = [run("none", 0.05), run("none", 0.1), run("blind", 1.0), run("blind", None)]
    line = faults.gate_table(rows)[-1].split()
    # harmless margins 0.15 and 0.1; harmful -0.8 and, for no number, minus infinity
    assert line == "empty frames at most 2 0 0.100 0.125 2 2 -inf -inf".split()
