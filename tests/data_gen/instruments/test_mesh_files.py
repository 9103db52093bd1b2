import numpy as np
import pytest
import trimesh
import yaml

from data_gen.instruments.mesh_files import files_of_mesh, read_mesh_file
from surgtools.errors import InputError


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


def test_lengths_come_out_in_meters_and_angles_in_radians(write):
    described = read_mesh_file(write(holder()))
    assert described.hinge.point == pytest.approx([0.1, 0, 0])
    assert described.keypoints["left_tip"].at == pytest.approx([0.140, 0, -0.001])
    assert described.opening == pytest.approx((0, np.pi / 3, 0))
    assert described.turns == [-0.5, 0.5]
    every = np.concatenate([part.vertices for part in described.parts])
    assert np.ptp(every, axis=0) == pytest.approx([0.140, 0.004, 0.012])


def test_sharp_edges_stay_sharp_under_smooth_shading(write):
    part = read_mesh_file(write(holder())).parts[0]
    assert part.smooth
    assert len(part.vertices) == 24  # each of six faces keeps its own four corners


def test_a_mesh_is_loaded_with_the_yaml_beside_it(write, tmp_path):
    write(holder(), "left.yaml")
    assert read_mesh_file(tmp_path / "left.stl").category.name == "needle_holder"
    first, *meshes = files_of_mesh(tmp_path / "left.stl")
    assert first == tmp_path / "left.yaml"
    assert tmp_path / "left.stl" in meshes and all(file.is_file() for file in meshes)


def without(name):
    return {key: value for key, value in holder()["keypoints"].items() if key != name}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"category": "spoon"}, "holder.yaml: category 'spoon' is unknown"),
        ({"units": "furlong"}, "units is 'furlong'; use one of m, cm, mm, inch"),
        ({"units": ["mm"]}, r"units is \['mm'\]; use one of m, cm, mm, inch"),
        ({"units": "m"}, "140 m long.*units are read as 'm'"),
        ({"hinge": None}, "part 'left_half' turns but there is no hinge"),
        ({"hinge": {"point": [0, 0, 0], "axis": [0, 0, 0]}}, r"hinge.axis is \[0, 0, 0\]"),
        ({"hinge": {"point": [0, 0], "axis": [0, 1, 0]}}, "hinge.point.*three numbers"),
        ({"opening": {"min": 60, "max": 0}}, "60 down to 0 degrees"),
        ({"opening": {"max": "wide"}}, "opening.max is 'wide'; a number"),
        ({"keypoints": without("joint")}, "keypoints joint are missing"),
        ({"keypoints": holder()["keypoints"] | {"nose": [0, 0, 0]}}, "'nose' is unknown"),
        ({"keypoints": holder()["keypoints"] | {"joint": "middle"}}, "keypoints.joint.at"),
        (
            {"keypoints": holder()["keypoints"] | {"joint": {"at": [0, 0, 0], "part": "pin"}}},
            "'joint' moves with part 'pin', which does not exist",
        ),
        (
            {"keypoints": holder()["keypoints"] | {"joint": {"at": [0, 0, 0], "part": [1]}}},
            r"'joint' moves with part '\[1\]', which does not exist",
        ),
        ({"parts": {"body": {"mesh": "lost.stl"}}}, "parts.body.mesh: lost.stl"),
        ({"parts": {"body": {"mesh": "left.stl", "color": 1}}}, "'parts.body.color' is unknown"),
        ({"parts": {"body": {"mesh": "left.stl", "material": "wood"}}}, "'wood' is unknown"),
        ({"parts": {}}, "has no mesh"),
        ({"form": 1}, "key 'form' is unknown"),
        ({"keypoints": None}, "key 'keypoints' is missing"),
    ],
)
def test_a_bad_description_is_one_line_naming_file_and_key(write, changes, message):
    path = write(holder(**changes))
    with pytest.raises(InputError, match=message) as caught:
        read_mesh_file(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


def test_a_mesh_without_faces_is_refused(write, tmp_path):
    (tmp_path / "left.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\n")
    path = write(holder(parts={"left_half": {"mesh": "left.obj"}}))
    with pytest.raises(InputError, match="left.obj: part 'left_half' has no faces"):
        read_mesh_file(path)


def test_an_unreadable_file_is_refused(write, tmp_path):
    with pytest.raises(InputError, match="no readable YAML"):
        read_mesh_file(write("parts: [unclosed"))
    with pytest.raises(InputError, match="no such file"):
        read_mesh_file(tmp_path / "lost.yaml")
    (tmp_path / "alone.stl").write_bytes((tmp_path / "left.stl").read_bytes())
    with pytest.raises(InputError, match="write alone.yaml beside it"):
        read_mesh_file(tmp_path / "alone.stl")
