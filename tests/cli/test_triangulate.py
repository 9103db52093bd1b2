import csv
import json
from pathlib import Path

import numpy as np
import pytest

from surgtools.cli import main
from surgtools.rig_file import write_rig_file
from surgtools.taxonomy import SURGICAL

HOLDER = SURGICAL.get(1)
POINTS = np.array([[0, 0, 500], [-25, 110, 500], [-8, -45, 505], [25, 110, 500], [8, -45, 505.0]])


@pytest.fixture
def files(tmp_path) -> Path:
    """Two cameras 200 mm apart that look the same way, and what they see of a moving holder."""
    tables = []
    for number, x in enumerate((0.0, 200.0)):
        tables.append(
            {
                "name": f"cam_{number}",
                "size": [960, 544],
                "matrix": [[800.0, 0, 479.5], [0, 800.0, 271.5], [0, 0, 1.0]],
                "distortions": [0.0] * 5,
                "rotation": [0.0] * 3,
                "translation": [-x, 0.0, 0.0],
            }
        )
        frames = []
        for n in range(4):
            points = POINTS + [100 + n, 0, 0] - [x, 0, 0]
            pixels = points[:, :2] / points[:, 2:] * 800 + [479.5, 271.5]
            instance = {
                "category_id": 1,
                "category_name": "needle_holder",
                "bbox": [0, 0, 9, 9],
                "bbox_score": 0.9,
                "keypoints": pixels[HOLDER.order_sides(pixels)].tolist(),
                "keypoint_scores": [1.0] * 5,
                "keypoint_visible": [1.0] * 5,
                "track_id": 1,
            }
            size = {"width": 960, "height": 544}
            frames.append(
                {
                    "video": "a.mp4",
                    "frame_id": n,
                    "time_s": n / 25,
                    **size,
                    "instances": [instance],
                }
            )
        meta = {"categories": SURGICAL.to_coco_categories()}
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps({"meta_info": meta, "instance_info": frames}))
    write_rig_file(tmp_path / "rig.toml", tables, {})
    return tmp_path


def triangulate(files: Path, *words: str, views=("0.json", "1.json")) -> int:
    paths = [str(files / view) for view in views]
    named = ["--rig", str(files / "rig.toml"), "--out-dir", str(files / "out")]
    return main(["triangulate", *paths, *named, *words])


def test_two_views_become_millimeters(files, capsys):
    assert triangulate(files) == 0
    content = json.loads((files / "out/space.json").read_text())
    (instance,) = content["moments"][3]["instances"]
    np.testing.assert_allclose(instance["keypoints_mm"]["joint"], [103, 0, 500], atol=0.1)
    assert instance["track_id"] == 1 and max(instance["reprojection_px"].values()) < 0.1
    assert "4 moments, 4 instruments in space" in capsys.readouterr().out
    assert triangulate(files, "--format", "csv") == 0
    with (files / "out/space.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 4 * 5


def test_a_known_instrument_is_fitted(files, capsys):
    halves = [POINTS - POINTS[0], (POINTS - POINTS[0]) * [1.5, 1, 1]]
    model = {
        "category": "needle_holder",
        "keypoints": list(HOLDER.keypoints),
        "opening_rad": [0.3, 0.45],
        "points_m": [(half / 1000).tolist() for half in halves],
    }
    (files / "holder.json").write_text(json.dumps(model))
    assert triangulate(files, "--model-3d", str(files / "holder.json")) == 0
    assert "4 of 4 fit their model" in capsys.readouterr().out
    (instance,) = json.loads((files / "out/space.json").read_text())["moments"][0]["instances"]
    assert instance["from_model"] and instance["model_misfit"] < 0.1
    known = instance["opening_deg"]
    assert triangulate(files) == 0
    (instance,) = json.loads((files / "out/space.json").read_text())["moments"][0]["instances"]
    assert known == pytest.approx(instance["opening_deg"], abs=0.1)  # whatever the model's is
    assert triangulate(files, "--model-3d", str(files / "gone.json")) == 2
    assert "gone.json" in capsys.readouterr().err


def test_measure_reads_what_was_written(files, capsys):
    assert triangulate(files) == 0
    out = str(files / "measured")
    assert main(["measure", str(files / "out/space.json"), "--out-dir", out]) == 0
    with (files / "measured/tracks.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert row["unit"] == "mm" and float(row["path_left_tip"]) == pytest.approx(3, abs=0.1)
    assert "1 tracks, lengths in mm" in capsys.readouterr().out


def change(files: Path, name: str, **values) -> None:
    content = json.loads((files / name).read_text())
    for frame in content["instance_info"]:
        for key, value in values.items():
            frame[key] = value(frame[key]) if callable(value) else value
    (files / name).write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("values", "views", "message"),
    [
        ({}, ["0.json"], "is one view; space needs two or more"),
        ({}, ["0.json", "1.json", "1.json"], "3 views for the 2 cameras of"),
        ({"width": 1920}, ["0.json", "1.json"], "is 1920x544, the camera file is for 960x544"),
        ({"time_s": lambda t: t + 9}, ["0.json", "1.json"], "views must be synchronized"),
        ({"instances": []}, ["0.json", "gone.json"], "gone.json: no such file"),
    ],
)
def test_bad_input_is_one_line(files, capsys, values, views, message):
    change(files, "1.json", **values)
    assert triangulate(files, views=views) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (files / "out").exists()


def test_views_that_do_not_meet_are_one_line(files, capsys):
    def lower(instances: list) -> list:
        points = np.array(instances[0]["keypoints"]) + [0, 120]
        return [{**instances[0], "keypoints": points.tolist()}]

    change(files, "1.json", instances=lower)
    assert triangulate(files) == 2
    assert (
        "0 of 4 instruments that another view shows as well meet it in space"
        in capsys.readouterr().err
    )


def test_a_camera_is_named_once(files, capsys):
    assert triangulate(files, views=[]) == 2
    named = [f"cam_1={files / '1.json'}", f"cam_0={files / '0.json'}"]
    rig = ["--rig", str(files / "rig.toml"), "--out-dir", str(files / "out")]
    assert main(["triangulate", *named, *rig]) == 0
    assert main(["triangulate", named[0], named[0], *rig]) == 2
    assert "is a second view of camera cam_1" in capsys.readouterr().err
    assert main(["triangulate", named[0], f"cam_7={files / '0.json'}", *rig]) == 2
    assert "cam_7 is no camera of" in capsys.readouterr().err


def test_a_view_that_ends_early_warns_and_is_used(files, capsys):
    long = json.loads((files / "0.json").read_text())
    (frame,) = long["instance_info"][-1:]
    long["instance_info"] += [frame | {"frame_id": n, "time_s": n / 25} for n in range(4, 60)]
    (files / "0.json").write_text(json.dumps(long))
    assert triangulate(files) == 0
    said = capsys.readouterr()
    assert "60 moments, 4 instruments in space" in said.out
    assert "1.json: ends at 0.1 s" in said.err and "warning" in said.err
