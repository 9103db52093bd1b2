"""Furnishings: large things that stand beside the work, never labelled."""

import numpy as np
import pytest

from data_gen.furnishings import SOFT, sample_furnishings, sample_gown, sample_limb
from data_gen.materials import MATERIALS, sample_look
from data_gen.placement import HeightField
from data_gen.presets import load_preset, to_namespace


def field(**given):
    none = {
        "sheets": [0, 0],
        "gauze": [0, 0],
        "film_share": 0.0,
        "hoses": [0, 0],
        "heap_share": 0.0,
    }
    return to_namespace(load_preset("theatre", {"field": {**none, **given}})).field


def furnish(seed=0, reach=0.3, **given):
    return sample_furnishings(np.random.default_rng(seed), field(**given), HeightField(), reach)


def test_a_field_holds_what_the_preset_asks_for_and_nothing_of_it_has_a_category():
    bodies = furnish(sheets=[2, 2], gauze=[1, 1], film_share=1.0, hoses=[3, 3])
    kinds = [body.kind for body in bodies]
    assert sorted(kinds) == ["film", "gauze", "hose", "hose", "hose", "sheet", "sheet"]
    assert all(body.category_id is None for body in bodies)
    assert len({body.name for body in bodies}) == len(bodies)
    assert not furnish()


def test_everything_rests_on_the_ground():
    for seed in range(4):
        for body in furnish(seed, sheets=[2, 2], gauze=[2, 2], hoses=[1, 1]):
            assert -0.001 < body.vertices()[:, 2].min() < 0.05


def test_sheets_grow_with_what_the_camera_sees():
    near, far = (furnish(1, reach, sheets=[1, 1])[0] for reach in (0.2, 1.2))
    assert far.length() == pytest.approx(3 * near.length(), rel=0.15)


def test_a_heap_is_of_look_alikes_that_lie_on_each_other():
    bodies = furnish(3, heap_share=1.0, heap=[6, 6])
    assert len(bodies) == 6
    assert {body.kind for body in bodies} <= {"scissors", "clamp"}
    assert all(body.category_id is None and body.model is not None for body in bodies)
    lowest = [body.vertices()[:, 2].min() for body in bodies]
    assert min(lowest) > 0 and max(lowest) > 0.003
    middles = np.array([body.pose[:2, 3] for body in bodies])
    assert np.ptp(middles, axis=0).max() < 0.45


def test_a_gown_faces_the_work_from_where_it_stands():
    look = sample_look(np.random.default_rng(0))
    gown = sample_gown(np.random.default_rng(0), np.array([0.5, 0.0]), look, "coat")
    assert gown.parts[0].material == "coat" in MATERIALS
    assert gown.vertices()[:, :2].mean(axis=0) == pytest.approx([0.5, 0.0], abs=0.1)
    assert np.ptp(gown.vertices()[:, 2]) > 0.5
    assert gown.pose[:3, :3] @ gown.pose[:3, :3].T == pytest.approx(np.eye(3))


def test_a_limb_lies_across_the_middle():
    limb = sample_limb(np.random.default_rng(0))
    assert np.linalg.norm(limb.vertices()[:, :2], axis=1).min() < 0.1
    assert limb.length() > 0.5
    assert {limb.kind, "gown", "sheet"} <= set(SOFT)
