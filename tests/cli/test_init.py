"""``surgtools init`` as a user calls it."""

import json
from pathlib import Path

import pytest

from surgtools.cli import main

DETECTOR = Path(__file__).parents[2] / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"


def test_it_says_what_it_chose_and_what_to_run_next(drawn_dataset, tmp_path, capsys):
    assert main(["init", str(drawn_dataset), "--out", str(tmp_path / "start")]) == 0
    shown = capsys.readouterr().out
    assert "input of the detector: 320 x 320" in shown
    assert f"surgtools train {tmp_path / 'start/pose.py'} --data {drawn_dataset}" in shown


def test_a_folder_without_annotations_is_one_line(tmp_path, capsys):
    assert main(["init", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert "no such file" in error and error.count("\n") == 1


def test_a_dataset_without_val_is_told(drawn_dataset, tmp_path, capsys):
    (drawn_dataset / "val/coco_keypoints.json").unlink()
    assert main(["init", str(drawn_dataset), "--out-dir", str(tmp_path / "start")]) == 0
    shown = capsys.readouterr().out
    assert f"{drawn_dataset} has no val: the newest checkpoint is taken, not the best" in shown


def test_boxes_alone_are_sent_to_init_whose_taxonomy_helps(drawn_dataset, tmp_path, capsys):
    pytest.importorskip("torch")
    for part in ("train", "val"):
        (tmp_path / f"d/{part}").mkdir(parents=True)
        (tmp_path / f"d/{part}/images").symlink_to(drawn_dataset / part / "images")
        content = json.loads((drawn_dataset / part / "coco_keypoints.json").read_text())
        for row in (*content["categories"], *content["annotations"]):
            row.pop("keypoints"), row.pop("skeleton", 0), row.pop("num_keypoints", 0)
        (tmp_path / f"d/{part}/coco_keypoints.json").write_text(json.dumps(content))
    labels = str(tmp_path / "d/train/coco_keypoints.json")
    words = ["train", str(DETECTOR), "--data", str(tmp_path / "d")]
    assert main([*words, "--work-dir", str(tmp_path / "w")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "has no keypoints, needle_holder has 5; label them; where nothing has" in line
    assert "`surgtools init DATA` writes the taxonomy of boxes alone, for --taxonomy" in line
    assert main(["init", str(tmp_path / "d"), "--out", str(tmp_path / "start")]) == 0
    taxonomy = str(tmp_path / "start/taxonomy.yaml")
    assert main(["data", "check", labels, "--taxonomy", taxonomy]) == 0
