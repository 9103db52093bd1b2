"""Sleeves: closed tubes that start at the wrist and go away from the fingers."""

import numpy as np
import pytest
import trimesh

from data_gen.instruments.sleeve import WEARS, sample_sleeve
from data_gen.materials import MATERIALS

WRIST = np.array([0.1, 0.2, 0.3])


def sleeve(seed=0, **given):
    given = {"wear": "gown", "gloved": True, "width": 2.0, "length": 0.25, **given}
    return sample_sleeve(np.random.default_rng(seed), WRIST, np.eye(3), 1.0, **given)


@pytest.mark.parametrize("wear", WEARS)
@pytest.mark.parametrize("gloved", [True, False])
def test_every_part_is_a_closed_tube_that_leads_away_from_the_fingers(wear, gloved):
    parts = sleeve(wear=wear, gloved=gloved)
    assert {part.material for part in parts} <= set(MATERIALS)
    for part in parts:
        mesh = trimesh.Trimesh(*triangles(part), process=False)
        assert mesh.is_watertight and mesh.volume > 0
        assert mesh.vertices[:, 1].max() < WRIST[1] + 0.03
    farthest = max(np.linalg.norm(part.vertices - WRIST, axis=1).max() for part in parts)
    assert 0.2 < farthest < 0.3


def test_a_glove_ends_in_a_cuff_over_the_sleeve():
    names = {part.name: part for part in sleeve()}
    assert names["cuff"].material == "glove" and names["sleeve"].material == "gown"
    assert names["sleeve"].vertices[:, 1].max() > names["cuff"].vertices[:, 1].min()


def test_a_bare_hand_shows_skin():
    assert {part.material for part in sleeve(gloved=False, wear="bare")} == {"skin"}


def triangles(part):
    faces = [(f[0], a, b) for f in part.faces for a, b in zip(f[1:-1], f[2:], strict=True)]
    return part.vertices, faces
