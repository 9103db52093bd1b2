import json

import numpy as np
import pytest
import trimesh
import yaml

from data_gen.instruments import sample_instrument
from data_gen.instruments.skeleton import NUM_OPENINGS, write_skeleton
from surgtools.errors import InputError
from surgtools.spatial.instrument_model import read_spatial_model
from surgtools.taxonomy import SURGICAL

NAMES = SURGICAL.get(1).keypoints


def write_yaml(path, content):
    path.write_text(yaml.safe_dump(content))
    return path


def shape(**ranges):
    points = {name: name for name in NAMES}
    return {
        "category": "needle_holder",
        "shape": "needle_holder",
        "ranges": ranges,
        "keypoints": points,
    }


def test_a_family_has_the_mean_of_its_instruments_and_its_spread(tmp_path):
    source = write_yaml(tmp_path / "holder.yaml", shape(length=0.18))
    text = write_skeleton(source, tmp_path / "holder.json")
    model = read_spatial_model(tmp_path / "holder.json")
    assert model.keypoints == NAMES
    assert "mean of 24 instruments that differ by" in text
    assert 0.0005 < model.spread < 0.03
    drawn = sample_instrument("needle_holder", np.random.default_rng(0), {"length": 0.18})
    assert np.abs(model.at(0.3)[0] - drawn.articulate(0.3).keypoints).max() < 0.04


def test_an_imported_model_is_written_as_it_is_posed(tmp_path):
    for name, z in (("left", -4.0), ("right", 4.0)):
        box = trimesh.creation.box((140, 4, 4))
        box.apply_translation([70, 0, z])
        box.export(tmp_path / f"{name}.stl")
    content = {
        "category": "needle_holder",
        "units": "mm",
        "parts": {"left_half": {"mesh": "left.stl"}, "right_half": {"mesh": "right.stl"}},
        "hinge": {"point": [100, 0, 0], "axis": [0, 1, 0]},
        "opening": {"min": 0, "max": 60, "shown": 0},
        "keypoints": {
            "joint": [100, 0, 0],
            "left_handle": {"at": [10, 0, -8], "part": "left_half"},
            "left_tip": {"at": [140, 0, -1], "part": "right_half"},
            "right_handle": {"at": [10, 0, 8], "part": "right_half"},
            "right_tip": {"at": [140, 0, 1], "part": "left_half"},
        },
    }
    source = write_yaml(tmp_path / "holder.yaml", content)
    assert "5 keypoints at 33 openings" in write_skeleton(source, tmp_path / "holder.json")
    model = read_spatial_model(tmp_path / "holder.json")
    assert len(model.openings) == NUM_OPENINGS and model.spread == 0
    assert model.openings[-1] == pytest.approx(np.radians(60), abs=1e-5)
    np.testing.assert_allclose(model.points[0][0], 0, atol=1e-6)
    assert np.linalg.norm(model.points[0][2] - model.points[0][4]) == pytest.approx(0.002)
    jaws = [model.points[-1][i] - model.points[-1][0] for i in (2, 4)]
    cosine = jaws[0] @ jaws[1] / np.prod([np.linalg.norm(jaw) for jaw in jaws])
    shut = 2 * np.arctan(1 / 40)
    assert np.arccos(cosine) == pytest.approx(np.radians(60) + shut, abs=0.002)
    assert json.loads((tmp_path / "holder.json").read_text())["made_from"] == "holder.yaml"


def test_a_file_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="is no .blend"):
        write_skeleton(tmp_path / "a.txt", tmp_path / "a.json")
