import numpy as np
import pytest

from data_gen.instruments.ring_handle import along, neck_width, place_ring, shank_path, taper


def ring(turn=0.5, tilt=0.2):
    return place_ring(
        rear=-0.1,
        shank_x=-0.006,
        neck_length=0.005,
        turn=turn,
        outer_long=0.030,
        outer_short=0.022,
        tilt=tilt,
        wire=0.003,
        wire_height=0.003,
    )


@pytest.mark.parametrize("tilt", [0.0, 0.4])
@pytest.mark.parametrize("turn", [0.2, 1.0])
def test_a_ring_ends_where_it_is_told_to(turn, tilt):
    placed = ring(turn, tilt)
    vertices = placed.build().vertices
    assert vertices[:, 1].min() == pytest.approx(-0.1, abs=3e-4)
    assert placed.neck[0] == pytest.approx(-0.006)
    assert np.linalg.norm(placed.neck - placed.root) == pytest.approx(0.005)


def test_the_neck_runs_into_the_wire():
    placed = ring()
    distance = np.linalg.norm(placed.build().vertices - placed.root, axis=1).min()
    assert distance < placed.wire


def test_a_shank_is_straight_beyond_the_neck():
    placed = ring()
    stop = np.array([-0.002, 0.0, 0.0])
    knots = np.linspace(placed.neck + [0.0004, 0.01, 0], stop, 4)
    path = shank_path(placed, knots)
    assert path[0] == pytest.approx(placed.root)
    assert path[-1] == pytest.approx(stop)
    far = path[path[:, 1] > knots[0, 1]]
    travel = (stop - knots[0]) / np.linalg.norm(stop - knots[0])
    aside = np.cross(far - stop, travel)
    assert np.abs(aside).max() < 2e-4


def test_the_neck_flares_into_the_ring_and_settles_to_the_shank():
    placed = ring()
    s = np.array([0.0, 0.005, 0.02])
    width = neck_width(s, placed, np.full(3, 0.0018), 0.0022)
    assert width == pytest.approx([1.35 * 0.003, 0.0022, 0.0018])


def test_taper_is_flat_outside_its_knots():
    assert taper(np.array([-1.0, 0, 1, 2, 3]), [(0, 1.0), (2, 3.0)])[
        [0, 1, 3, 4]
    ] == pytest.approx([1, 1, 3, 3])


def test_along_measures_arc_length():
    assert along(np.array([[0.0, 0, 0], [3, 4, 0], [3, 4, 2]])) == pytest.approx([0, 5, 7])
