import cv2
import numpy as np
import pytest

from data_gen.camera import centered_camera
from data_gen.camera_rig import (
    RigView,
    noise_of,
    require_same_rig,
    seen_from,
    views_of,
    write_camera_rig,
)
from data_gen.scene import Scene
from surgtools.errors import InputError
from surgtools.rig_file import read_rig_file

POINT = np.array([[0.03, -0.02, 0.52]])
"""In the frame of the middle of the rig, meters."""


def moved(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def test_all_cameras_look_at_the_same_point_from_the_same_distance():
    views = views_of(3, 30, 0.5)
    aim = np.array([[0, 0, 0.5]])
    for view in views:
        np.testing.assert_allclose(moved(view.to_middle(), aim), aim, atol=1e-12)
    sights = [view.to_middle()[:3, 2] for view in views]
    assert np.degrees(np.arccos(sights[0] @ sights[2])) == pytest.approx(60)
    np.testing.assert_allclose(sights[1], [0, 0, 1], atol=1e-12)


def test_the_file_says_where_the_cameras_stand(tmp_path):
    views = views_of(2, 40, 0.5)
    write_camera_rig(tmp_path / "rig.toml", views, centered_camera(960, 544, 1000))
    first, second = read_rig_file(tmp_path / "rig.toml")
    np.testing.assert_allclose([first["rotation"], first["translation"]], 0, atol=1e-12)
    in_first, in_second = (moved(np.linalg.inv(v.to_middle()), POINT) for v in views)
    turn = cv2.Rodrigues(np.array(second["rotation"]))[0]
    there = 1000 * in_first @ turn.T + second["translation"]
    np.testing.assert_allclose(there, 1000 * in_second, atol=1e-9)


def test_a_scene_keeps_its_place_in_the_world():
    scene = Scene(centered_camera(64, 48, 50), np.eye(4), [], [])
    view = RigView(0, 2, 30, 0.5)
    assert seen_from(scene, None) is scene
    other = seen_from(scene, view)
    world = moved(view.to_middle(), np.array([[0, 0, 0.5]]))
    np.testing.assert_allclose(other.pixels(world), scene.pixels(world), atol=1e-9)


def test_every_camera_has_noise_of_its_own():
    rng = np.random.default_rng([7, 0, 3])
    assert noise_of(None, [7, 0, 3], rng) is rng
    streams = [noise_of(view, [7, 0, 3], rng).random() for view in (*views_of(2, 30, 0.5), None)]
    assert len(set(streams)) == 3
    assert streams[0] == noise_of(RigView(0, 3, 20, 0.5), [7, 0, 3], rng).random()


def test_impossible_rigs_are_refused():
    with pytest.raises(InputError, match="--rig 1: two cameras"):
        views_of(1, 30, 0.5)
    with pytest.raises(InputError, match="--rig-angle 90: 3 cameras may span up to 120"):
        views_of(3, 90, 0.5)


def test_a_file_of_other_cameras_is_not_replaced(tmp_path):
    path, camera = tmp_path / "rig.toml", centered_camera(960, 544, 1000)
    require_same_rig(path, views_of(2, 40, 0.5), camera)
    write_camera_rig(path, views_of(2, 40, 0.5), camera)
    require_same_rig(path, views_of(2, 40, 0.5), camera)
    for views, other, what in (
        (views_of(3, 40, 0.5), camera, "2 cameras, not 3"),
        (views_of(2, 30, 0.5), camera, "another `rotation`"),
        (views_of(2, 40, 0.6), camera, "another `translation`"),
        (views_of(2, 40, 0.5), centered_camera(960, 544, 900), "another `matrix`"),
    ):
        with pytest.raises(InputError, match=f"rig.toml: tells of .*{what}, which earlier"):
            require_same_rig(path, views, other)
    path.write_text(path.read_text().replace("size = [960, 544]", 'size = "large"'))
    with pytest.raises(InputError, match="another `size`"):
        require_same_rig(path, views_of(2, 40, 0.5), camera)
