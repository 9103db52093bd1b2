"""Instruments are where the script wants their tips, and labels tell when which gesture is."""

from dataclasses import replace

import numpy as np
import pytest

from data_gen.assets import Assets
from data_gen.gesture_clips import (
    ScriptedMovement,
    gestures_of,
    label_gesture_layout,
    plan_gestures,
    pose_of,
)
from data_gen.presets import load_preset, to_namespace
from surgtools.errors import InputError

SEEDS = [4, 0]


@pytest.fixture(scope="module")
def preset():
    return to_namespace(load_preset("gestures"))


@pytest.fixture(scope="module")
def plan(preset):
    return plan_gestures(SEEDS, 0, 12.0, preset, Assets(), dressed=False)


def tips_of(body):
    return body.keypoints_world()[[2, 4]].mean(axis=0)


def test_tips_lie_where_they_are_asked_for_at_any_opening(plan):
    for body in plan[0].instruments:
        for opening in body.model.opening_range:
            opened = body.opened(opening)
            pose = pose_of(opened, np.array([0.1, 0.2, 0.3]), np.array([1.0, 1.0, -0.5]))
            np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
            assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)
            placed = replace(opened, pose=pose)
            np.testing.assert_allclose(tips_of(placed), [0.1, 0.2, 0.3], atol=1e-12)
            behind = placed.keypoints_world().mean(axis=0) - [0.1, 0.2, 0.3]
            assert behind @ [1, 1, -0.5] < 0, "the handle lies behind the tips"


def test_between_two_ticks_the_movement_is_between_their_states(plan):
    body = plan[0].instruments[0]
    tips = np.array([[0.0, 0, 0], [0.1, 0, 0], [0.1, 0.2, 0]])
    along = np.tile([1.0, 0, 0], (3, 1))
    movement = ScriptedMovement(tips, along, np.full(3, body.opening), seconds=4.0)
    for seconds, place in ((0, (0, 0)), (1, (0.05, 0)), (3, (0.1, 0.1)), (4, (0.1, 0.2))):
        np.testing.assert_allclose(tips_of(movement.moved(body, seconds)), [*place, 0], atol=1e-12)
    assert tips_of(movement.moved(body, 9))[1] == pytest.approx(0.2), "stays where it ended"


def test_gestures_fill_the_clip_in_order_and_leave_pauses_out():
    rows = gestures_of(SEEDS, 0, 12.0)
    assert rows[0][0] == "pick_up" and rows[0][1] == 0
    assert rows[-1][0] == "put_down" and rows[-1][2] == 12
    for (_, start, end), (_, after, _) in zip(rows, rows[1:], strict=False):
        assert start < end <= after
    assert gestures_of(SEEDS, 1, 12.0) != rows


def test_frames_show_both_instruments_and_know_the_one_before(preset):
    assets = Assets()
    frames = [label_gesture_layout(SEEDS, 1, t, 60, preset, assets) for t in (30, 31, 30)]
    assert str(frames[0]) == str(frames[2])
    for t, (image, annotations) in zip((30, 31), frames, strict=False):
        assert (image["video_id"], image["frame_id"]) == (2, t)
        assert sorted(a["category_id"] for a in annotations) == [1, 2]
        assert sorted(a["track_id"] for a in annotations) == [101, 102]
    assert str(frames[0]) != str(frames[1])


def test_the_rendered_clip_has_the_scene_and_the_movements_of_the_layout(preset, plan):
    scene, movements = plan_gestures(SEEDS, 0, 12.0, preset, Assets(), dressed=True)
    np.testing.assert_array_equal(scene.to_world, plan[0].to_world)
    for name, movement in movements.items():
        np.testing.assert_array_equal(movement.tips, plan[1][name].tips)


def test_a_preset_without_the_two_is_refused(monkeypatch):
    monkeypatch.setattr("data_gen.gesture_clips._TRIES", 3)
    alone = to_namespace(load_preset("plain", {"instruments": {"count_weights": {1: 1}}}))
    with pytest.raises(InputError, match="hardly ever shows one needle holder and one pair"):
        plan_gestures(SEEDS, 0, 12.0, alone, Assets(), dressed=False)
