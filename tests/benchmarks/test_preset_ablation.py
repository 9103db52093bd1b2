"""The ablation over presets: equal budgets, kept cells, and a table by hand-computed numbers."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from surgtools.errors import InputError
from surgtools.files import read_json, write_json

_ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ablation(monkeypatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(_ROOT / "benchmarks"))
    import preset_ablation

    return preset_ablation


def run(out, *words):
    """The script in a process of its own."""
    command = [sys.executable, str(_ROOT / "benchmarks/preset_ablation.py"), str(out)]
    return subprocess.run(
        [*command, *map(str, words)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


def test_the_table_averages_over_seeds(ablation):
    rows = [
        {"arm": "plain", "seed": 0, "box_AP": 0.25, "keypoint_AP_gt_boxes": 0.5},
        {"arm": "plain", "seed": 1, "box_AP": 0.75, "keypoint_AP_gt_boxes": None},
        {"arm": "theatre", "seed": 0, "box_AP": 0.125},
    ]
    report = {"frames": 60, "iterations": [5, 7], "trained_on": [], "rows": rows}
    lines = ablation.table_lines(report)
    assert lines[0] == (
        "60 pictures per arm; 5 iterations of the detector, 7 of the pose network; "
        "from random weights"
    )
    head = ablation.table_lines(report | {"trained_on": ["pose"]})[0]
    assert head.endswith("; from a trained pose, otherwise random weights")
    assert lines[2] == "| arm | box AP | keypoint AP, gt boxes |"
    # the deviation of 0.25 and 0.75 is 0.5 / sqrt(2) = 0.354
    assert lines[4] == "| plain | 0.500 ± 0.354 | 0.500 |"
    assert lines[5] == "| theatre | 0.125 | - |"


def test_arms_have_as_many_pictures_as_the_smallest(ablation, draw_dataset):
    big = draw_dataset(name="big", train=5, val=1)
    small = draw_dataset(name="small", train=3, val=1)
    arms = ablation.read_arms([f"a={big}", f"b={small}"], ["a"])
    assert [(arm.name, arm.layers) for arm in arms] == [
        ("a", True),
        ("b", True),
        ("a without layers", False),
    ]
    assert ablation.common_frames(arms, None) == 3
    linked = ablation.link_frames(arms[0], 3, big.parent / "linked") / "train"
    content = read_json(linked / "coco_keypoints.json")
    assert len(content["images"]) == 3
    assert {a["image_id"] for a in content["annotations"]} <= {i["id"] for i in content["images"]}
    assert (linked / "images" / content["images"][0]["file_name"]).is_file()
    with pytest.raises(InputError, match="--frames 4: b has 3 training pictures"):
        ablation.common_frames(arms, 4)
    with pytest.raises(InputError, match="--without-layers c: no such arm; expected a, b"):
        ablation.read_arms([f"a={big}", f"b={small}"], ["c"])


def test_an_arm_without_layers_never_loads_one(ablation, drawn_dataset):
    for layers, expected in ((True, 0.7), (False, 0.0)):
        config = ablation.budget_config("detector", drawn_dataset, 10, 2, 0, layers)
        first = config.train_dataloader.dataset.pipeline[0]
        assert (first.type, first.layer_prob) == ("LoadInstrumentImage", expected)


def test_starts_are_named_by_role(ablation):
    assert ablation.read_starts(["pose=a=b.pth"]) == {"pose": "a=b.pth"}
    for wrong in ("hand=a.pth", "pose", "pose="):
        with pytest.raises(InputError, match="ROLE=CHECKPOINT of detector, pose; got"):
            ablation.read_starts([wrong])


def test_cells_that_are_done_are_kept(ablation, drawn_dataset, tmp_path):
    """Trains two iterations, then again with a score of its own in place of the first."""
    words = ("--arm", f"drawn={drawn_dataset}", "--score", drawn_dataset, "--workers", 0)
    words += ("--iterations", 2, 2, "--batch", 2, 2)
    first = run(tmp_path / "out", *words)
    assert first.returncode == 0, first.stderr[-2000:]
    assert "1 arms of" in first.stdout and "core hours of training" in first.stdout
    folder = tmp_path / "out" / "drawn_0"
    assert (folder / "detector" / "iter_2.pth").exists()
    assert (folder / "pose" / "iter_2.pth").exists()
    assert (tmp_path / "out" / "ablation.md").read_text().count("| drawn |") == 1
    write_json(folder / "score" / "metrics.json", {"summary": {"box_AP": 0.321}})
    again = run(tmp_path / "out", *words)
    assert "| drawn | 0.321 |" in again.stdout


def test_bad_input_is_one_line(tmp_path):
    result = run(tmp_path / "out", "--arm", "nothing", "--score", tmp_path)
    assert result.returncode == 2
    assert result.stderr.splitlines()[-1] == (
        "preset_ablation: --arm takes NAME=DIR; ['nothing'] holds one without ="
    )
