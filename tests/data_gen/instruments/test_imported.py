from pathlib import Path

import numpy as np
import pytest
import trimesh
import yaml

from data_gen.instruments.imported import inspect_model, load_model
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL

MESHES = Path(__file__).parents[4] / "shared" / "assets" / "meshes"


def holder(**changes):
    """A needle holder of two boxes, in millimeters, tips towards +X and the pin along Y."""
    content = {
        "category": "needle_holder",
        "units": "mm",
        "parts": {"left_half": {"mesh": "left.stl"}, "right_half": {"mesh": "right.stl"}},
        "hinge": {"point": [100, 0, 0], "axis": [0, 1, 0]},
        "opening": {"min": 0, "max": 60, "shown": 0},
        "keypoints": {
            "joint": [100, 0, 0],
            "left_handle": {"at": [10, 0, -8], "part": "left_half"},
            "left_tip": {"at": [140, 0, -1], "part": "right_half"},
            "right_handle": {"at": [10, 0, 8], "part": "right_half"},
            "right_tip": {"at": [140, 0, 1], "part": "left_half"},
        },
    }
    content.update(changes)
    return {key: value for key, value in content.items() if value is not None}


@pytest.fixture
def write(tmp_path):
    for name, z in (("left", -4.0), ("right", 4.0)):
        box = trimesh.creation.box((140, 4, 4))
        box.apply_translation([70, 0, z])
        box.export(tmp_path / f"{name}.stl")

    def write_yaml(content, name="holder.yaml"):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
        return path

    return write_yaml


def test_the_frame_is_the_generators(write):
    model = load_model(write(holder()))
    keypoints = model.articulate(0.0).keypoints
    # origin at the joint, tips at +Y, left at x < 0; 140 - 100 = 40 mm, 10 - 100 = -90 mm
    assert keypoints[0] == pytest.approx(np.zeros(3), abs=1e-9)
    assert keypoints[2] == pytest.approx([-0.001, 0.040, 0], abs=1e-9)
    assert keypoints[1] == pytest.approx([-0.008, -0.090, 0], abs=1e-9)
    assert model.category_id == SURGICAL.get("needle_holder").id
    assert model.opening_range == pytest.approx((0, np.pi / 3))


def test_parts_and_their_keypoints_turn_together(write):
    model = load_model(write(holder()))
    closed, opened = model.articulate(0.0), model.articulate(0.5)
    for index, part in ((1, "left_half"), (2, "right_half")):
        before = {p.name: p for p in closed.parts}[part]
        after = {p.name: p for p in opened.parts}[part]
        distance = [
            np.linalg.norm(p.vertices - posed.keypoints[index], axis=1)
            for p, posed in ((before, closed), (after, opened))
        ]
        assert distance[0] == pytest.approx(distance[1])
    spread = opened.keypoints[4] - opened.keypoints[2]
    # both tips lie 40 mm from the pin and part by 0.5 rad: chord about 2 * 40 * sin(0.25 + 0.025)
    assert np.linalg.norm(spread) == pytest.approx(0.080 * np.sin(0.25 + 0.025), rel=0.02)


def test_the_opening_shown_in_the_file_is_no_rotation(write):
    shown = load_model(write(holder(opening={"min": 0, "max": 60, "shown": 30})))
    plain = load_model(write(holder(), "plain.yaml"))
    assert shown.articulate(np.radians(30)).keypoints == pytest.approx(
        plain.articulate(0.0).keypoints
    )


def test_inspection_reports_size_units_parts_and_keypoints(write):
    text = inspect_model(write(holder()))
    assert "units      mm" in text
    assert "size       12.0 x 140.0 x 4.0 mm" in text
    assert "left_half: 8 vertices, 12 faces, steel, watertight, turns by -0.5" in text
    assert "joint: 0.0 0.0 0.0" in text


def test_inspection_tells_a_hole(write, tmp_path):
    box = trimesh.creation.box((140, 4, 4))
    box.update_faces(np.arange(len(box.faces)) > 0)
    box.export(tmp_path / "left.stl")
    # one of twelve triangles is gone: its three edges have one face left
    assert "not watertight, 3 edges" in inspect_model(write(holder()))


def test_a_hinge_along_the_instrument_is_refused(write):
    path = write(holder(hinge={"point": [0, 0, 0], "axis": [1, 0, 0]}))
    with pytest.raises(InputError, match="hinge.axis runs along the instrument"):
        load_model(path)


def test_tips_on_the_base_are_refused(write):
    keypoints = holder()["keypoints"]
    for name in ("left_handle", "right_handle"):
        keypoints[name] = [140, 0, 0]
    with pytest.raises(InputError, match="left_tip, right_tip lie on left_handle, right_handle"):
        load_model(write(holder(keypoints=keypoints)))


def test_a_file_of_another_kind_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no .blend, .yaml"):
        load_model(tmp_path / "holder.step")


@pytest.mark.skipif(not MESHES.is_dir(), reason="needs ../shared/assets/meshes")
def test_unwelded_meshes_of_a_laparoscopic_instrument_work(tmp_path):
    names = {"shaft": "instrument_shaft", "left_jaw": "forceps_jaw_left"}
    names["right_jaw"] = "forceps_jaw_right"
    for file in names.values():
        (tmp_path / f"{file}.stl").write_bytes((MESHES / f"{file}.stl").read_bytes())
    content = {
        "category": "tweezers",
        "units": "mm",
        "parts": {name: f"{file}.stl" for name, file in names.items()},
        "hinge": {"point": [0, 0, 0], "axis": [1, 0, 0]},
        "opening": {"max": 50},
        "keypoints": {
            "handle_end": [0, 0, -349],
            "left_arm": [0, -0.2, -165],
            "left_tip": {"at": [0, -0.2, 17], "part": "left_jaw"},
            "right_arm": [0, 0.2, -165],
            "right_tip": {"at": [0, 0.2, 17], "part": "right_jaw"},
        },
    }
    path = tmp_path / "forceps.yaml"
    path.write_text(yaml.safe_dump(content))
    keypoints = load_model(path).articulate(0.8).keypoints
    assert keypoints[2, 1] > 0.36
    assert abs(keypoints[4, 0] - keypoints[2, 0]) > 0.01
    assert "shaft: 522 vertices, 1040 faces, steel, watertight" in inspect_model(path)
