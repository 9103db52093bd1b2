"""Suggested pictures go to a labelling tool and come back as a training set, and training goes on.

The tool is left out: what it exports is what it was given.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.annotations.coco import load_coco
from surgtools.cli import main
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.results import Instance
from surgtools.prediction.thresholds import Thresholds

POSE = Path(__file__).resolve().parents[3] / "configs/pose/rtmpose-t_60e_instruments-256x256.py"
BOX = np.array([24.0, 10, 70, 90])
POINTS = np.array([(48.0, 50), (30, 80), (44, 20), (66, 80), (52, 20)])
TOOLS = {"cvat-images": "annotations.xml", "label-studio": "tasks.json"}


@pytest.fixture
def pictures(tmp_path):
    """Two pictures in which something is found, and a dark one in which nothing is."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name, level in (("bright", 200), ("gray", 120), ("dark", 10)):
        cv2.imwrite(str(folder / f"{name}.png"), np.full((96, 96, 3), level, np.uint8))
    return folder


@pytest.fixture
def networks(monkeypatch):
    """They find a needle holder twice at one place, and a weak one elsewhere."""
    found = [
        Instance(1, BOX, 0.8, POINTS, np.full(5, 0.4), np.array([1, 1, 0, 1, 1.0])),
        Instance(1, BOX + 1, 0.7, POINTS + 1, np.full(5, 0.4), np.ones(5)),
        Instance(1, BOX / 4, 0.2, POINTS / 4, np.full(5, 0.1), np.ones(5)),
    ]

    class Seeing(Predictor):
        taxonomy = found[0].taxonomy

        def predict_views(self, images, boxes=None, views=()):
            return [[found if image.mean() > 60 else []] * len(views) for image in images]

    monkeypatch.setattr(PairProposer, "of", lambda *_: Seeing(None, None, Thresholds()))


@pytest.mark.parametrize("tool", TOOLS)
def test_what_networks_say_goes_to_the_tool_and_comes_back(tool, networks, pictures, tmp_path):
    out, mine = tmp_path / "out", tmp_path / "mine"
    asked = ["--out-dir", str(out), "--count", "3", "--to", tool]
    assert main(["data", "suggest", str(pictures), *asked]) == 0
    exported = out / "to_correct" / TOOLS[tool]
    words = ["--from", tool, "--to", "coco", "--images", str(out / "images")]
    assert main(["data", "convert", str(exported), str(mine), *words]) == 0
    content = load_coco(mine / "train/coco_keypoints.json")
    assert len(content["images"]) == 3
    assert len(content["annotations"]) == 2, "one for each place, and none of the weak"
    for row in content["annotations"]:
        keypoints = np.reshape(row["keypoints"], (5, 3))
        np.testing.assert_allclose(keypoints[:, :2], POINTS, atol=0.1)
        assert keypoints[:, 2].tolist() == [2, 2, 1, 2, 2]
        np.testing.assert_allclose(row["bbox"], [24, 10, 46, 80], atol=0.1)
    for image in content["images"]:
        assert (mine / "train/images" / image["file_name"]).is_file()


def test_training_goes_on_with_the_corrected_labels(networks, pictures, tmp_path, built_weights):
    out, mine, work = tmp_path / "out", tmp_path / "mine", tmp_path / "work"
    asked = ["--out-dir", str(out), "--count", "3", "--to", "cvat-images"]
    assert main(["data", "suggest", str(pictures), *asked]) == 0
    exported = [str(out / "to_correct/annotations.xml"), str(mine)]
    words = ["--from", "cvat-images", "--to", "coco", "--images", str(out / "images")]
    assert main(["data", "convert", *exported, *words]) == 0
    start = ["--pretrained", str(built_weights[POSE]), "--no-validate", "--epochs", "1"]
    small = [f"train_dataloader.{key}" for key in ("num_workers=0", "persistent_workers=False")]
    where = ["--data", str(mine), "--work-dir", str(work), "--cfg-options", *small]
    assert main(["train", str(POSE), *start, *where]) == 0
    assert (work / "epoch_1.pth").is_file()
    assert f"load_from = '{built_weights[POSE]}'" in next(work.glob("*.py")).read_text()


def test_files_in_the_place_of_the_task_are_left_alone(networks, pictures, tmp_path, capsys):
    out = tmp_path / "out"
    (out / "to_correct").mkdir(parents=True)
    (out / "to_correct/annotations.xml").write_text("mine")
    asked = ["--out-dir", str(out), "--to", "cvat-images"]
    assert main(["data", "suggest", str(pictures), *asked]) == 2
    assert (out / "to_correct/annotations.xml").read_text() == "mine"
    assert "to_correct: is there already" in capsys.readouterr().err
    assert not (out / "pool").exists()
