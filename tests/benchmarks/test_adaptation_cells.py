"""Cells are computed once; the cost is told before the first one."""

import sys
from importlib import import_module
from pathlib import Path

import pytest

from surgtools.adaptation.settings import AdaptSettings
from surgtools.errors import InputError

_FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def cells(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_FOLDER))
    import adaptation_cells

    return adaptation_cells


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


def test_cost_follows_frames_views_and_epochs(cells):
    settings = AdaptSettings(roles=())
    # 0.025 + 7 * 0.012 s per picture; source 2 * 4 * 150 + 150 + 150, first look 4 * 100
    assert cells.adaptation_cost(settings, 100) == pytest.approx(0.109 * 1900)
    # 0.025 + 1.5 * 0.012 s per picture
    assert cells.training_cost(10, 4) == pytest.approx(3 * 4 * 10 * 0.043)


def test_toy_networks_cost_less(cells):
    toys, zoo, weights = cells.TOY_CONFIGS, cells.ROOT / "surgtools/zoo", Path("any.pth")

    def share(*folders):
        det, pose = (folder / "a.py" for folder in folders)
        return cells.cost_share(cells.Models(det, weights, pose, weights))

    assert share(toys, toys) == cells.TOY_SHARE
    assert share(zoo, zoo) == share(toys, zoo) == share(zoo, toys) == 1


def test_what_a_run_knows_is_given_to_the_next(cells, tmp_path):
    for name in ("knowledge.json", "first_look.npz"):
        (tmp_path / "a/work").mkdir(parents=True, exist_ok=True)
        (tmp_path / "a/work" / name).write_text(name)
    cells.reuse(tmp_path / "none", tmp_path / "b")
    assert not (tmp_path / "b").exists()
    cells.reuse(tmp_path / "a", tmp_path / "b", same_frames=False)
    assert [path.name for path in (tmp_path / "b/work").iterdir()] == ["knowledge.json"]
    (tmp_path / "b/work/knowledge.json").write_text("its own")
    cells.reuse(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b/work/knowledge.json").read_text() == "its own"
    assert (tmp_path / "b/work/first_look.npz").read_text() == "first_look.npz"


def test_clips_stand_for_pictures_where_there_are_any(cells, tmp_path):
    assert cells.unlabelled_part(tmp_path) == [str(tmp_path / "train/images")]
    (tmp_path / "train").mkdir()
    (tmp_path / "train/clip_0001.mp4").touch()
    assert cells.unlabelled_part(tmp_path) == [str(tmp_path / "train/clip_0001.mp4")]


@pytest.mark.parametrize(
    ("name", "first", "words", "other"),
    [
        ("rendered_gestures", "generate", (), ("--noisy-copies", "0")),
        ("suggestion_doubts", "collect_frames", ("--pool", "a"), ("--models", "general")),
        (
            *("several_teachers", "load_coco"),
            *(("--source", "a", "--labelled", "b", "--teachers", "fast"), ("--source", "c")),
        ),
    ],
)
def test_a_benchmark_keeps_nothing_for_other_settings(
    monkeypatch, tmp_path, name, first, words, other
):
    module = import_module(f"benchmarks.{name}")
    monkeypatch.setattr(module, first, lambda *_, **__: sys.exit("it began"))
    for _ in range(2):
        monkeypatch.setattr(sys, "argv", [name, str(tmp_path), *words])
        with pytest.raises(SystemExit, match="it began"):
            module.main()
    monkeypatch.setattr(sys, "argv", [name, str(tmp_path), *words, *other])
    with pytest.raises(InputError, match="holds a benchmark of other settings"):
        module.main()
