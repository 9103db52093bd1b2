import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.cli import main

CAMERA = {"width": 240, "height": 200, "fx": 300, "fy": 300, "cx": 119.5, "cy": 99.5}
MODEL = {
    "category": "needle_holder",
    "keypoints": ["joint", "left_handle", "left_tip", "right_handle", "right_tip"],
    "opening_rad": [0.0, 0.5],
    "points_m": [
        [[0, 0, 0], [-0.02, -0.1, 0], [-0.001, 0.05, 0], [0.02, -0.1, 0], [0.001, 0.05, 0]],
        [[0, 0, 0], [-0.05, -0.1, 0], [-0.012, 0.05, 0], [0.05, -0.1, 0], [0.012, 0.05, 0]],
    ],
}


@pytest.fixture(scope="module")
def exported(random_models, tmp_path_factory) -> str:
    from surgtools.export import export_models
    from surgtools.prediction.models import Models

    return str(export_models(Models(**random_models), tmp_path_factory.mktemp("exported")))


@pytest.fixture
def files(tmp_path) -> Path:
    noise = np.random.default_rng(0).integers(0, 255, (20, 24, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "a.png"), cv2.resize(noise, (240, 200)))
    (tmp_path / "camera.json").write_text(json.dumps(CAMERA))
    (tmp_path / "holder.json").write_text(json.dumps(MODEL))
    return tmp_path


def predict(files: Path, exported: str, *flags: str, source: str = "a.png") -> int:
    words = ["predict", str(files / source), "--model", exported, "--out-dir", str(files / "out")]
    return main([*words, "--no-tta", "--no-draw", "--bbox-thr", "0.01", *flags])


def in_space(files: Path) -> tuple[str, ...]:
    camera, model = str(files / "camera.json"), str(files / "holder.json")
    return "--camera", camera, "--model-3d", model


def test_camera_and_model_give_millimeters_and_a_table(files, exported):
    assert predict(files, exported, *in_space(files), "--format", "csv") == 0
    content = json.loads((files / "out/predictions.json").read_text())
    assert content["meta_info"]["settings"]["spatial"]["units"].startswith("mm in the frame")
    instances = content["instance_info"][0]["instances"]
    for instance in instances:
        assert ("tips_mm" in instance["spatial"]) == (
            instance["category_name"] == MODEL["category"]
        )
    header, *rows = (files / "out/measures.csv").read_text().splitlines()
    assert len(rows) == len(instances) > 0
    assert "opening_deg" in header


def test_without_them_the_file_says_that_there_are_none(files, exported):
    assert predict(files, exported) == 0
    content = json.loads((files / "out/predictions.json").read_text())
    assert "no millimeters" in content["meta_info"]["settings"]["spatial"]["units"]
    spatial = content["instance_info"][0]["instances"][0]["spatial"]
    assert set(spatial) == {"opening_shown_deg", "gap_per_length"}
    assert not (files / "out/measures.csv").exists()


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("camera.json", {"fx": 0}, "`fx` is 0; a number above 0 is expected"),
        (
            "holder.json",
            {"category": "clamp"},
            "is a model of clamp; the networks find",
        ),
        ("holder.json", {"category": "tweezers"}, "tweezers has keypoints joint"),
    ],
)
def test_bad_input_is_one_line_and_nothing_is_written(
    files, exported, capsys, file, change, message
):
    content = json.loads((files / file).read_text()) | change
    (files / file).write_text(json.dumps(content))
    assert predict(files, exported, *in_space(files)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (files / "out/predictions.json").exists()


def test_a_picture_of_another_size_costs_only_itself(files, exported, capsys):
    cv2.imwrite(str(files / "b.png"), np.zeros((40, 60, 3), np.uint8))
    assert predict(files, exported, *in_space(files), source="*.png") == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert "b.png: is 60x40, the camera file is for 240x200; give the camera of" in line
    content = json.loads((files / "out/predictions.json").read_text())
    assert [Path(frame["image"]).name for frame in content["instance_info"]] == ["a.png"]


def test_a_camera_of_no_picture_writes_nothing(files, exported, capsys):
    (files / "camera.json").write_text(json.dumps(CAMERA | {"width": 480, "height": 400}))
    assert predict(files, exported, *in_space(files)) == 2
    first, last = capsys.readouterr().err.splitlines()
    assert "a.png: is 240x200, the camera file is for 480x400" in first
    assert "none of the 1 inputs could be used; nothing was written" in last
    assert not (files / "out/predictions.json").exists()


def test_one_without_the_other_is_refused(files, exported, capsys):
    assert predict(files, exported, *in_space(files)[:2]) == 2
    assert "--model-3d is missing" in capsys.readouterr().err
    assert predict(files, exported, *in_space(files)[2:]) == 2
    assert "--camera is missing" in capsys.readouterr().err
