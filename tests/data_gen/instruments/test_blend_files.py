import numpy as np
import pytest

from surgtools.errors import InputError

pytestmark = pytest.mark.blender
bpy = pytest.importorskip("bpy")

from data_gen.instruments.imported import inspect_model, load_model  # noqa: E402

POINTS = {
    "joint": (0, 0, 0),
    "left_handle": (-0.01, -0.09, 0),
    "left_tip": (-0.001, 0.04, 0),
    "right_handle": (0.01, -0.09, 0),
    "right_tip": (0.001, 0.04, 0),
}


def save(path, points=POINTS, hinge=True, faces=True, meshes=("left_half", "right_half"), **more):
    """Boxes 6 x 130 x 4 mm, scaled objects, with the empties as their children."""
    items = []
    corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    quads = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    for name in meshes:
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata(corners, [], quads if faces else [])
        mesh.materials.append(bpy.data.materials.new("Gold rings"))
        item = bpy.data.objects.new(name, mesh)
        item.location = ((-0.003 if name.startswith("left") else 0.003), -0.025, 0)
        item.scale = (0.003, 0.065, 0.002)
        item["turn"] = more.get("turn", -0.5 if name.startswith("left") else 0.5)
        items.append(item)
    for name, place in points.items():
        empty = bpy.data.objects.new(name, None)
        empty.location = place
        if meshes and name != "joint":
            half = items[0] if name in ("left_handle", "right_tip") else items[1]
            empty.parent = half
            empty.location = (np.array(place) - half.location) / np.array(half.scale)
        items.append(empty)
    if hinge:
        pin = bpy.data.objects.new("hinge", None)
        pin["opening_max"] = more.get("opening", 40.0)
        items.append(pin)
    bpy.data.libraries.write(str(path), set(items))
    for item in items:
        bpy.data.objects.remove(item)
    return path


def test_parts_keypoints_and_hinge_are_read(tmp_path):
    model = load_model(save(tmp_path / "holder.blend"))
    posed = model.articulate(0.0)
    assert model.name == "needle_holder"
    assert model.opening_range == pytest.approx((0, np.radians(40)))
    assert posed.keypoints == pytest.approx(np.array(list(POINTS.values())), abs=1e-6)
    every = np.concatenate([part.vertices for part in posed.parts])
    assert np.ptp(every, axis=0) == pytest.approx([0.012, 0.130, 0.004], abs=1e-6)
    assert {part.material for part in posed.parts} == {"gold"}
    opened = model.articulate(0.4).keypoints
    assert opened[4, 0] - opened[2, 0] == pytest.approx(0.08 * np.sin(0.2 + 0.025), abs=1e-4)


def test_reading_leaves_the_open_scene_alone(tmp_path):
    path = save(tmp_path / "holder.blend")
    before = set(bpy.data.objects.keys()), set(bpy.data.scenes.keys())
    inspect_model(path)
    assert (set(bpy.data.objects.keys()), set(bpy.data.scenes.keys())) == before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": {"joint": (0, 0, 0), "left_tip": (0, 0.04, 0)}}, "left_handle, right_handle"),
        ({"opening": "wide"}, "hinge: opening_max is 'wide'; a number is expected"),
        ({"opening": [1.0, 2.0]}, "hinge: opening_max is .*; a number is expected"),
        ({"turn": "half"}, "left_half: turn is 'half'; a number is expected"),
        ({"points": POINTS | {"nose": (0, 0, 0)}}, "keypoint 'nose' is unknown"),
        ({"points": {}}, "no empty is named as a keypoint"),
        ({"hinge": False}, "part 'left_half' turns but there is no hinge"),
        ({"faces": False}, "part 'left_half' has no faces"),
        ({"meshes": ()}, "has no mesh"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, changes, message):
    path = save(tmp_path / "bad.blend", **changes)
    with pytest.raises(InputError, match=message) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = tmp_path / "text.blend"
    path.write_text("no blender file")
    with pytest.raises(InputError, match="is no Blender file"):
        load_model(path)
    with pytest.raises(InputError, match="no such file"):
        load_model(tmp_path / "lost.blend")
