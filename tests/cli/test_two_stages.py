"""A detector and a pose model one after the other, with only a file of boxes between them."""

import json

import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

import surgtools.register  # noqa: F401
from surgtools.cli import main
from surgtools.hosts.config_files import load_config

DETECTOR = "rtmdet-tiny_60e_partial-person-416x416"
POSE = "vitpose-s_60e_coco-person-256x192"


@pytest.fixture
def untrained(tmp_path):
    """Checkpoints of random weights by config name."""
    files = {}
    for name, scope in ((DETECTOR, "mmdet"), (POSE, "mmpose")):
        torch.manual_seed(0)
        with DefaultScope.overwrite_default_scope(scope):
            model = MODELS.build(load_config(name).model)
        files[name] = tmp_path / f"{name}.pth"
        torch.save({"state_dict": model.state_dict(), "meta": {}}, files[name])
    return files


def test_neither_stage_needs_the_other_network(untrained, drawn_persons, tmp_path):
    picture = drawn_persons / "val/images/00000.jpg"
    boxes, out = tmp_path / "boxes.json", tmp_path / "out"
    detect = ["--det-model", DETECTOR, "--det-weights", str(untrained[DETECTOR])]
    estimate = ["--pose2d", POSE, "--pose2d-weights", str(untrained[POSE])]
    asked = ["predict", str(picture), "--out-dir", str(out), "--bbox-thr", "0.0"]
    assert main([*asked, *detect, "--nms-thr", "0", "--save-boxes", str(boxes)]) == 0
    stage = json.loads(boxes.read_text())
    assert list(stage["meta_info"]["models"]) == ["det_model"]
    (row,) = stage["instance_info"]
    row["instances"] = row["instances"][:2]  # an untrained detector finds dozens
    given = [instance["bbox"] for instance in row["instances"]]
    assert given
    boxes.write_text(json.dumps(stage))
    assert main([*asked, *estimate, "--boxes", str(boxes), "--no-flip-test"]) == 0
    found = json.loads((out / "predictions.json").read_text())
    assert list(found["meta_info"]["models"]) == ["pose2d"]
    (row,) = found["instance_info"]
    assert row["instances"]
    for instance in row["instances"]:
        assert instance["bbox"] in given
        assert instance["category_name"] == "person"
        assert len(instance["keypoints"]) == 17


def test_boxes_of_another_category_are_refused_by_name(untrained, drawn_persons, tmp_path, capsys):
    rows = [{"image": "00000.jpg", "instances": [{"bbox": [1, 1, 9, 9], "category_id": 2}]}]
    (tmp_path / "boxes.json").write_text(json.dumps({"instance_info": rows}))
    asked = ["predict", str(drawn_persons / "val/images"), "--out-dir", str(tmp_path / "out")]
    estimate = ["--pose2d", POSE, "--pose2d-weights", str(untrained[POSE])]
    assert main([*asked, *estimate, "--boxes", str(tmp_path / "boxes.json")]) == 2
    assert (
        "category 2 is unknown; taxonomy 'coco_person' knows 1 person" in capsys.readouterr().err
    )
