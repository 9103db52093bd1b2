import numpy as np
import pytest
import trimesh

from data_gen.instruments.solids import (
    Solid,
    disc,
    ellipse_path,
    end_grid,
    end_rounding,
    join,
    loft,
    mirror_x,
    prism,
)


def as_trimesh(solid: Solid) -> trimesh.Trimesh:
    triangles = [(f[0], f[i], f[i + 1]) for f in solid.faces for i in range(1, len(f) - 1)]
    return trimesh.Trimesh(solid.vertices, triangles, process=False)


def straight(length=2.0):
    return np.column_stack([np.zeros(3), np.linspace(0, length, 3), np.zeros(3)])


def test_a_sharp_loft_has_the_volume_of_a_box():
    mesh = as_trimesh(loft(straight(), 0.5, 0.25, roundness=0.0))
    # 2 long, 1 wide, 0.5 high; the corners lose next to nothing
    assert mesh.volume == pytest.approx(2 * 1 * 0.5, rel=1e-3)
    assert mesh.bounds == pytest.approx(np.array([[-0.5, 0, -0.25], [0.5, 2, 0.25]]))


def test_v_follows_up_and_u_is_right_of_travel():
    shifted = loft(straight(), 0.1, 0.1, shift_u=1.0, shift_v=2.0)
    # travel +Y with Z up: right is +X
    assert shifted.vertices.mean(axis=0) == pytest.approx([1.0, 1.0, 2.0])


def test_a_slanted_section_leads_on_the_right_side():
    flat = loft(straight(), 0.5, 0.25, roundness=0.0, slant=0.4)
    right = flat.vertices[flat.vertices[:, 0] > 0.49]
    # 0.5 to the right of the path, hence 0.4 * 0.5 ahead of the stations at 0 and 2
    assert right[:, 1].min() == pytest.approx(0.2, abs=0.01)
    assert right[:, 1].max() == pytest.approx(2.2, abs=0.01)
    assert as_trimesh(flat).volume == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize(
    "solid",
    [
        loft(straight(), 0.5, 0.25),
        loft(ellipse_path(np.zeros(3), 2.0, 1.0, 0.3), 0.2, 0.1, closed=True),
        disc([0, 0, 0], 1.0, 0.2),
        prism(np.array([[0, 0], [2, 0], [2, 1], [0, 1]]), -0.1, 0.1, 0.05),
        mirror_x(loft(straight(), 0.5, 0.25, shift_u=1.0)),
        join(loft(straight(), 0.5, 0.25), disc([5, 0, 0], 1.0, 0.2)),
    ],
    ids=["loft", "ring", "disc", "prism", "mirrored", "joined"],
)
def test_solids_are_closed_and_face_outwards(solid):
    mesh = as_trimesh(solid)
    assert mesh.is_watertight
    assert mesh.is_winding_consistent
    assert mesh.volume > 0


def test_a_ring_has_its_hole_at_the_center():
    ring = loft(ellipse_path([3.0, 0, 0], 2.0, 1.0, 0.0), 0.1, 0.1, roundness=0.9, closed=True)
    distance = np.linalg.norm(ring.vertices - [3.0, 0, 0], axis=1)
    assert distance.min() == pytest.approx(0.9, abs=0.01)
    assert ring.vertices[:, 1].max() == pytest.approx(2.1, abs=0.01)


def test_breaks_are_passed_by_a_close_pair_of_stations():
    grid = end_grid(0.0, 0.1, 0.01, 0.002, breaks=(0.0413,))
    pair = grid[np.abs(grid - 0.0413) < 1.5e-4]
    assert pair == pytest.approx([0.0412, 0.0414])
    assert grid[0] == 0.0 and grid[-1] == pytest.approx(0.1)


def test_rounding_is_a_quarter_circle():
    s = np.array([0.0, 0.5, 1.0, 5.0])
    # half way into the easing: sqrt(1 - 0.5^2)
    assert end_rounding(s, 1.0, 0.0)[1:] == pytest.approx([np.sqrt(0.75), 1.0, 1.0])
