"""A needle holder of two bent bars and a camera, for all tests in space."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.camera import Camera
from surgtools.spatial.instrument_model import SpatialModel, read_spatial_model
from surgtools.spatial.rig import RigCamera
from surgtools.taxonomy import SURGICAL

OPENINGS = np.linspace(0, 0.8, 17)


def holder_points(opening: float) -> np.ndarray:
    """(5, 3) meters: joint, left handle, left tip, right handle, right tip."""
    turn = cv2.Rodrigues(np.array([0, 0, opening / 2]))[0]
    left_tip, right_handle = turn @ [-0.001, 0.045, 0], turn @ [0.02, -0.12, 0]
    flip = np.array([-1, 1, 1])
    return np.array([[0, 0, 0], right_handle * flip, left_tip, right_handle, left_tip * flip])


def model_content(category_id: int = 1) -> dict:
    category = SURGICAL.get(category_id)
    return {
        "category": category.name,
        "keypoints": list(category.keypoints),
        "opening_rad": OPENINGS.tolist(),
        "points_m": [holder_points(opening).tolist() for opening in OPENINGS],
    }


@pytest.fixture
def model_file(tmp_path) -> Path:
    (tmp_path / "holder.json").write_text(json.dumps(model_content()))
    return tmp_path / "holder.json"


@pytest.fixture
def model(model_file) -> SpatialModel:
    return read_spatial_model(model_file)


@pytest.fixture
def camera() -> Camera:
    return Camera(960, 544, 1000.0, 1000.0, 479.5, 271.5, distortion=-0.05)


@pytest.fixture
def placed():
    """Where a holder lies that is open by 0.3 rad, 0.5 m away: (5, 3), sides as in the picture."""

    def place(camera: Camera, tilt: float = 0.6, opening: float = 0.3, behind: bool = False):
        turn = (
            cv2.Rodrigues(np.array([tilt, 0.0, 0.0]))[0]
            @ cv2.Rodrigues(np.array([0.0, 0.0, 0.4]))[0]
        )
        flip = np.diag([-1.0, 1.0, -1.0] if behind else [1.0, 1.0, 1.0])
        points = holder_points(opening) @ (turn @ flip).T + [0.02, 0.03, 0.5]
        return points[SURGICAL.get(1).order_sides(camera.project(points))]

    return place


@pytest.fixture
def rig() -> list[RigCamera]:
    """Three cameras, 30 degrees apart, that look at a point 500 mm before the first; mm."""
    camera = Camera(960, 544, 1000.0, 1000.0, 479.5, 271.5, (0.1, -0.05, 0.001, -0.001, 0.0))
    cameras = []
    for number, name in enumerate(("left", "right", "third")):
        turn = cv2.Rodrigues(np.array([0, -np.radians(30 * number), 0]))[0]
        aim = np.array([0, 0, 500.0])
        cameras.append(RigCamera(name, camera, turn, aim - turn @ aim))
    return cameras
