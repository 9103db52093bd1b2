"""Placement: things rest on what is below them and appear where they were put."""

import numpy as np
import pytest

from data_gen.bodies import Body
from data_gen.camera import centered_camera
from data_gen.instruments import Part
from data_gen.labels import to_frame
from data_gen.placement import HeightField, lean, look_down, point_at, pose_at, spin


def plate(half, z):
    return np.array([[x, y, z] for x in (-half, half) for y in (-half, half)])


def test_a_plate_rests_on_the_highest_thing_below_it():
    heights = HeightField()
    assert heights.below([plate(0.05, 0.0)]) == 0
    heights.put([plate(0.02, 0.007)])
    assert heights.below([plate(0.05, 0.0)]) == pytest.approx(0.007)
    assert heights.below([plate(0.05, 0.0) + [0.2, 0, 0]]) == 0


def test_things_sink_into_folds_but_not_into_each_other():
    ground = np.zeros((300, 300))
    ground[:, 150:153] = 0.02  # a narrow ridge across everything
    heights = HeightField(ground)
    assert heights.below([plate(0.1, 0.0)]) == pytest.approx(0.02)
    assert heights.below([plate(0.1, 0.0)], sink=0.1) == pytest.approx(0.0)
    heights.put([plate(0.004, 0.007)])
    assert heights.below([plate(0.1, 0.0)], sink=0.1) == pytest.approx(0.007)


def test_the_camera_looks_at_the_origin_from_its_distance():
    for tilt in (0.0, 0.4, 1.0):
        to_world = look_down(0.5, tilt, 1.1, 2.0)
        rotation = to_world[:3, :3]
        assert rotation @ rotation.T == pytest.approx(np.eye(3), abs=1e-12)
        assert np.linalg.det(rotation) == pytest.approx(1.0)
        origin = to_frame(np.linalg.inv(to_world), np.zeros((1, 3)))[0]
        assert origin == pytest.approx([0, 0, 0.5], abs=1e-12)
        assert to_world[2, 3] == pytest.approx(0.5 * np.cos(tilt))


def test_a_point_at_a_pixel_is_projected_back_to_it():
    camera = centered_camera(320, 240, 300.0)
    to_world = look_down(0.5, 0.5, 0.3, 1.0)
    point = point_at(camera, to_world, np.array([40.0, 200.0]), 0.02)
    assert point[2] == pytest.approx(0.02)
    pixel = camera.project(to_frame(np.linalg.inv(to_world), point[None]))[0]
    assert pixel == pytest.approx([40, 200], abs=1e-6)


def test_a_body_is_put_with_its_middle_over_the_place_and_its_lowest_vertex_at_its_height():
    part = Part("a", np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.2, 0.04]]), [(0, 1, 2)], "steel")
    body = Body(name="b", kind="x", parts=[part])
    pose = pose_at(body, spin(0.7) @ lean(0.3, 0.2), np.array([0.3, -0.1, 0.05]))
    vertices = to_frame(pose, part.vertices)
    assert vertices[:, 2].min() == pytest.approx(0.05)
    assert to_frame(pose, body.middle()[None])[0, :2] == pytest.approx([0.3, -0.1])


def test_leaning_turns_about_a_horizontal_axis():
    # about x by 90 degrees: y goes up
    assert lean(np.pi / 2, 0.0) @ [0, 1, 0] == pytest.approx([0, 0, 1], abs=1e-12)
    # about y by 90 degrees: z goes to x
    assert lean(np.pi / 2, np.pi / 2) @ [0, 0, 1] == pytest.approx([1, 0, 0], abs=1e-12)
