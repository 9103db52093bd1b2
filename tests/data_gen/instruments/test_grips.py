"""Fitting a grip: touches within reach are met, the others pull without breaking fingers."""

import numpy as np
import pytest

from data_gen.instruments.grips import Grip, Touch, fit_grip, pad
from data_gen.instruments.model import rotation
from data_gen.instruments.rig import ANGLES, load_rig


def where(finger, size, **angles):
    rig = load_rig()
    turns, places = rig.place(np.array([[angles.get(name, 0.0) for name in ANGLES]]))
    index, at = pad(finger)
    return size * (places[0, index] + turns[0, index] @ at)


def test_a_pose_is_found_again_from_where_its_fingertips_were():
    bent = {"index_knuckle": 0.7, "middle_middle": 0.9}
    turn, shift, size = rotation("z", 0.3), np.array([0.1, 0.2, 0.3]), 1.1
    touches = [
        Touch(*pad(finger), turn @ where(finger, size, **bent) + shift)
        for finger in ("thumb", "index", "middle", "ring", "little")
    ]
    fitted = fit_grip(load_rig(), Grip({}, touches, np.eye(3)), size)
    assert fitted.miss.max() < 0.004
    assert fitted.turn @ fitted.turn.T == pytest.approx(np.eye(3), abs=1e-9)


def test_fingers_do_not_grow_towards_what_is_out_of_reach():
    rig = load_rig()
    touches = [
        Touch(*pad("index"), np.array([0.0, 0.3, 0.0])),
        Touch(0, np.zeros(3), np.zeros(3)),
    ]
    fitted = fit_grip(rig, Grip({}, touches, np.eye(3)), 1.0)
    assert fitted.miss.sum() > 0.05
    lengths = [
        np.linalg.norm(np.diff(p[6:10], axis=0), axis=1) for p in (rig.places, fitted.places)
    ]
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-9)


def test_joints_stay_within_what_joints_can_do():
    rig = load_rig()
    back = Touch(*pad("index"), np.array([-0.02, -0.02, 0.08]), 0.001)  # behind the back
    fitted = fit_grip(
        rig, Grip({}, [back, Touch(0, np.zeros(3), rig.places[0], 0.001)], np.eye(3)), 1.0
    )
    knuckle = rig.turns[5].T @ fitted.turns[5].T @ fitted.turns[6]
    ahead = fitted.turn.T @ fitted.turns[6] @ [0, 0, -1.0]
    assert knuckle.shape == (3, 3)
    assert np.arctan2(ahead[2], ahead[1]) < 0.6
