import numpy as np
import pytest

from data_gen.instruments.tweezers_arm import STEP, Arm
from data_gen.instruments.tweezers_shape import sample_tweezers_shape


def arm(**ranges):
    return Arm(sample_tweezers_shape(np.random.default_rng(1), ranges))


def test_a_path_starts_at_the_joined_end_and_keeps_its_length():
    bent = arm(bow=0.08)
    for opening in (0.0, 0.3):
        path = bent.path(opening)
        assert path[0, 0] == pytest.approx(bent.shape.strip / 2, abs=1e-4)
        steps = np.linalg.norm(np.diff(path, axis=0), axis=1).sum()
        assert steps == pytest.approx(bent.shape.length, rel=1e-3)


def test_a_bow_swings_the_arm_outwards_without_moving_the_tip():
    straight, bowed = arm(bow=0.0), arm(bow=0.08)
    paths = straight.path(0.1), bowed.path(0.1)
    middles = [
        a.point(p, a.shape.length / 2)[0] for a, p in zip((straight, bowed), paths, strict=True)
    ]
    assert middles[1] > middles[0] + 0.001
    assert paths[0][-1, 0] == pytest.approx(paths[1][-1, 0], abs=3e-4)


def test_the_joined_butt_does_not_turn():
    stiff = arm(butt_share=0.07)
    closed, opened = stiff.path(0.0), stiff.path(0.3)
    joined = stiff.s < 0.07 * stiff.shape.length
    assert opened[joined] == pytest.approx(closed[joined], abs=1e-5)


def test_ridges_stand_on_the_outer_face_only():
    ridged = arm(grip="ridges", ridge_height=0.0005, ridges=10)
    assert len(ridged.edges) == 20
    outer = ridged.shift + ridged.half_thickness
    inner = ridged.shift - ridged.half_thickness
    on = (ridged.s > ridged.edges[0]) & (ridged.s < ridged.edges[-1])
    assert np.abs(np.diff(outer[on])).max() == pytest.approx(0.0005, rel=0.05)
    assert np.abs(np.diff(inner[on])).max() < 1e-4


def test_a_smooth_grip_has_no_ridges():
    assert len(arm(grip="smooth").edges) == 0
    assert arm(grip="smooth").shift.max() == 0


def test_the_arms_of_stepped_tweezers_end_in_a_thin_rod():
    stepped, dressing = arm(pattern="stepped"), arm(pattern="dressing")
    neck = stepped.shape.neck_share * stepped.shape.length
    for attribute in ("half_thickness", "half_width"):
        drops = []
        for this in (stepped, dressing):
            before, after = np.interp(
                [neck - 0.001, neck + STEP + 0.001], this.s, getattr(this, attribute)
            )
            drops.append(after / before)
        assert drops[0] < 0.8 < 0.85 < drops[1]
