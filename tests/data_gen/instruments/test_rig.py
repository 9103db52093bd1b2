"""The rigged hand: at rest it is the file's mesh; a bone moves what hangs on it and no more."""

import numpy as np
import pytest
import trimesh

from data_gen.instruments.rig import ANGLES, FINGERS, bone, load_rig


def pose(**angles):
    rig = load_rig()
    turns, places = rig.place(np.array([[angles.get(name, 0.0) for name in ANGLES]]))
    return rig.skin(turns[0], places[0]), turns[0], places[0]


def test_the_rest_pose_gives_the_mesh_back():
    rig = load_rig()
    skin, turns, places = pose()
    assert skin == pytest.approx(rig.vertices, abs=1e-9)
    assert turns == pytest.approx(rig.turns, abs=1e-9)
    assert places == pytest.approx(rig.places, abs=1e-9)


def test_the_skin_is_closed_and_of_a_hands_size():
    rig = load_rig()
    mesh = trimesh.Trimesh(rig.vertices, rig.faces, process=False)
    assert mesh.is_watertight and mesh.volume > 0 and mesh.body_count == 1
    assert 0.16 < np.ptp(mesh.vertices[:, 1]) < 0.24
    assert rig.weights.sum(axis=1) == pytest.approx(1.0)


def test_fingers_point_forward_and_the_thumb_is_to_the_left_of_a_right_hand():
    rig = load_rig()
    for finger in FINGERS[1:]:
        assert rig.places[bone(finger, 3)][1] > rig.places[bone(finger, 0)][1] + 0.05
    assert rig.places[bone("thumb", 3)][0] < rig.places[bone("index", 3)][0] - 0.03
    assert rig.places[bone("index", 0)][0] < rig.places[bone("little", 0)][0]


@pytest.mark.parametrize("finger", FINGERS[1:])
def test_bending_a_joint_moves_only_what_hangs_on_its_bones(finger):
    rig = load_rig()
    skin, _, _ = pose(**{f"{finger}_middle": 0.8})
    moved = np.linalg.norm(skin - rig.vertices, axis=1) > 1e-6
    beyond = [bone(finger, segment) for segment in (1, 2, 3)]
    hangs = rig.weights[:, beyond].sum(axis=1) > 1e-6
    assert moved.any()
    assert not (moved & ~hangs).any()


def test_a_positive_angle_bends_towards_the_palm_and_keeps_the_lengths():
    _, _, before = pose()
    _, _, after = pose(index_knuckle=1.0, thumb_end=0.7)
    tip, knuckle = bone("index", 3), bone("index", 0)
    assert after[tip][2] < before[tip][2] - 0.03
    lengths = [np.linalg.norm(p[tip] - p[knuckle]) for p in (before, after)]
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-9)
    thumb = bone("thumb", 2)
    lengths = [np.linalg.norm(p[thumb + 1] - p[thumb]) for p in (before, after)]
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-9)
