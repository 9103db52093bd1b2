import cv2
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.spatial.board import Board
from surgtools.spatial.calibration import calibrate_camera, calibrate_rig, require_agreement
from surgtools.spatial.triangulation import triangulate

BOARD = Board(6, 4, 30.0, 22.0)


@pytest.fixture
def sightings(rig):
    """Every camera sees all corners of a board that is turned and moved, by 0.2 px off."""
    rng = np.random.default_rng(0)
    seen: dict[str, dict] = {camera.name: {} for camera in rig}
    for moment in range(14):
        turn = cv2.Rodrigues(rng.uniform(-0.5, 0.5, 3))[0]
        points = (BOARD.corners - [75, 45, 0]) @ turn.T + rng.uniform(
            [-40, -30, 420], [40, 30, 560]
        )
        for camera in rig:
            pixels = camera.project(points) + rng.normal(0, 0.2, (len(points), 2))
            seen[camera.name][moment] = (np.arange(len(points)), pixels)
    return seen


def test_intrinsics_and_places_are_found(rig, sightings):
    cameras = {}
    for camera in rig:
        own, error = calibrate_camera(camera.name, BOARD, sightings[camera.name], (960, 544))
        assert own.fx == pytest.approx(1000, rel=0.03) and error < 0.5
        cameras[camera.name] = own
    found = calibrate_rig(BOARD, cameras, sightings)
    assert found.error < 0.5
    points = np.random.default_rng(1).uniform([-50, -40, 450], [50, 40, 550], (9, 3))
    again = triangulate(found.cameras, np.array([camera.project(points) for camera in rig]))
    for a, b in ((0, 1), (2, 3), (4, 5)):
        length = np.linalg.norm(points[a] - points[b])
        assert np.linalg.norm(again[a] - again[b]) == pytest.approx(length, rel=0.02)


def test_a_board_never_seen_is_one_clear_line(sightings):
    with pytest.raises(
        InputError, match="a.mp4: the board is seen in no pictures, 6 or more are needed"
    ):
        calibrate_camera("a.mp4", BOARD, {}, (960, 544))
    few = dict(list(sightings["left"].items())[:2])
    with pytest.raises(InputError, match="the board is seen in 2 pictures"):
        calibrate_camera("a.mp4", BOARD, few, (960, 544))


def test_cameras_that_never_see_it_together_are_named(rig, sightings):
    cameras = {camera.name: camera.camera for camera in rig}
    sightings["third"] = {i + 100: seen for i, seen in sightings["third"].items()}
    with pytest.raises(InputError, match="third: sees the board at no moment at which"):
        calibrate_rig(BOARD, cameras, sightings)


def test_a_rig_far_worse_than_its_cameras_is_refused():
    require_agreement(4.9, [0.1, 0.2])
    require_agreement(9.0, [0.1, 1.0])
    with pytest.raises(InputError, match="off by 28.44 px, each alone by 0.20 px or less"):
        require_agreement(28.44, [0.1, 0.2])
