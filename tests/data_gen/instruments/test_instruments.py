"""What holds for every kind and many seeds."""

import numpy as np
import pytest
import trimesh

from data_gen.instruments import KINDS, sample_instrument
from data_gen.materials import MATERIALS
from surgtools.errors import InputError
from surgtools.metainfo import INSTRUMENTS
from surgtools.taxonomy import SURGICAL

SEEDS = range(8)


def sampled(kind, seed):
    return sample_instrument(kind, np.random.default_rng(seed))


def closed(part):
    triangles = [(f[0], f[i], f[i + 1]) for f in part.faces for i in range(1, len(f) - 1)]
    mesh = trimesh.Trimesh(part.vertices, triangles, process=False)
    return mesh.is_watertight and mesh.volume > 0


def test_every_category_has_a_kind_of_its_name():
    assert {instrument.name for instrument in INSTRUMENTS} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_parts_are_closed_solids_of_known_material(kind):
    for seed in SEEDS:
        model = sampled(kind, seed)
        parts = model.articulate(model.opening_range[1]).parts
        assert all(closed(part) for part in parts), seed
        assert {part.material for part in parts} <= set(MATERIALS)
        assert len({part.name for part in parts}) == len(parts)
        assert sum(len(part.faces) for part in parts) < 40_000
        size = np.ptp(np.concatenate([part.vertices for part in parts]), axis=0)
        assert 0.02 < size.max() < 0.30


@pytest.mark.parametrize("kind", KINDS)
def test_opening_moves_vertices_but_never_adds_any(kind):
    for seed in SEEDS:
        model = sampled(kind, seed)
        low, high = (model.articulate(opening) for opening in model.opening_range)
        for a, b in zip(low.parts, high.parts, strict=True):
            assert (a.name, a.faces, a.vertices.shape) == (b.name, b.faces, b.vertices.shape)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_seeds_build_equal_instruments(kind):
    first, second = (sampled(kind, 3).articulate(0.1) for _ in range(2))
    for a, b in zip(first.parts, second.parts, strict=True):
        assert np.array_equal(a.vertices, b.vertices)


@pytest.mark.parametrize("kind", KINDS)
def test_only_categories_carry_keypoints(kind):
    model = sampled(kind, 0)
    posed = model.articulate(model.opening_range[1])
    if model.category_id is None:
        assert posed.keypoints is posed.radii is posed.owners is None
        return
    instrument = SURGICAL.get(model.category_id)
    assert instrument.name == kind == model.name
    assert posed.keypoints.shape == (instrument.num_keypoints, 3)
    assert posed.radii.shape == (instrument.num_keypoints,)
    names = {part.name for part in posed.parts}
    assert all(set(owner) <= names and owner for owner in posed.owners)
    for left, right in instrument.swaps:
        assert posed.keypoints[instrument.index(left), 0] < 0
        assert posed.keypoints[instrument.index(right), 0] > 0


@pytest.mark.parametrize("kind", ["needle_holder", "tweezers"])
def test_keypoints_lie_inside_the_metal_that_owns_them(kind):
    instrument = SURGICAL.get(kind)
    for seed in SEEDS:
        model = sampled(kind, seed)
        posed = model.articulate(0.5 * model.opening_range[1])
        for index, name in enumerate(instrument.keypoints):
            own = [part for part in posed.parts if part.name in posed.owners[index]]
            distance = min(
                np.linalg.norm(part.vertices - posed.keypoints[index], axis=1).min()
                for part in own
            )
            if name.endswith("handle"):
                assert distance > 0.004, "the ring's hole is empty"
            else:
                assert distance < 0.008


@pytest.mark.parametrize("kind", KINDS)
def test_rest_rotations_are_rotations(kind):
    for rest in sampled(kind, 1).rest_rotations():
        assert rest @ rest.T == pytest.approx(np.eye(3))
        assert np.linalg.det(rest) == pytest.approx(1.0)


def test_an_unknown_kind_is_named():
    with pytest.raises(InputError, match="'spoon' is unknown; use one of needle_holder"):
        sample_instrument("spoon", np.random.default_rng(0))
