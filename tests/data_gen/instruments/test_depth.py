import numpy as np
import pytest

from data_gen.instruments import sample_instrument
from data_gen.instruments.depth import depth_across, ray_hits
from data_gen.instruments.model import OBLIQUE, Part
from data_gen.instruments.solids import ellipse_path, loft
from surgtools.taxonomy import SURGICAL


def test_a_ray_meets_a_triangle_where_it_stands():
    corners = np.array(
        [[[1.0, -1, -1], [1, 1, -1], [1, 0, 2]], [[3.0, -1, -1], [3, 1, -1], [3, 0, 2]]]
    )
    hits = ray_hits(corners, np.zeros(3), np.array([[1.0, 0, 0], [-1, 0, 0]]))
    assert hits[0] == pytest.approx([1.0, 3.0])
    assert np.isinf(hits[1]).all()


def test_depth_of_a_strip_is_half_its_width_not_its_thickness():
    path = np.column_stack([np.zeros(3), [-0.05, 0, 0.05], np.zeros(3)])
    strip = loft(path, 0.0005, 0.005, roundness=0.1)
    part = Part("strip", strip.vertices, strip.faces, "steel")
    assert depth_across([part], np.array([0, 0.01, 0])) == pytest.approx(0.005, rel=0.05)


def test_the_hole_of_a_ring_is_no_metal():
    loop = ellipse_path(np.zeros(3), 0.014, 0.010, 0.0)
    ring = loft(loop, 0.0015, 0.0015, roundness=0.9, closed=True)
    part = Part("ring", ring.vertices, ring.faces, "steel")
    assert depth_across([part], np.zeros(3)) == 0.0


@pytest.mark.parametrize("kind", ["needle_holder", "tweezers"])
def test_radii_of_built_instruments_cover_the_metal_and_little_more(kind):
    """The radii are written from shape parameters; here they are measured on the mesh."""
    names = SURGICAL.get(kind).keypoints
    for seed in range(5):
        model = sample_instrument(kind, np.random.default_rng(seed))
        posed = model.articulate(0.5 * model.opening_range[1])
        for index, name in enumerate(names):
            own = [part for part in posed.parts if part.name in posed.owners[index]]
            depth = depth_across(own, posed.keypoints[index])
            if depth:
                assert depth < posed.radii[index] < OBLIQUE * depth + 0.0025, (seed, name)
