"""A shape of the generator becomes a labelled category by a file."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from data_gen.instruments import sample_instrument
from data_gen.instruments.imported import inspect_model, load_model
from surgtools.errors import InputError
from surgtools.taxonomy.files import read_taxonomy

SCISSORS = Path("docs/extend/scissors")


@pytest.fixture
def taxonomy():
    return read_taxonomy(SCISSORS / "taxonomy.yaml")


@pytest.fixture
def write(tmp_path):
    def write(**changes):
        content = yaml.safe_load((SCISSORS / "scissors.yaml").read_text())
        path = tmp_path / "scissors.yaml"
        path.write_text(yaml.safe_dump({**content, **changes}))
        return path

    return write


def test_points_of_the_shape_are_keypoints_in_the_order_of_the_category(taxonomy, write):
    names = ["right_tip", "screw"]
    row = taxonomy.get("scissors").to_category()
    two = {"id": 9, "name": "pointers", "keypoints": names}
    model = load_model(write(category=two, keypoints={"right_tip": "right_tip", "screw": "joint"}))
    assert model.category.id == 9 and list(model.category.keypoints) == names
    posed = model.articulate(0.4)
    assert posed.keypoints.shape == (2, 3) and len(posed.owners) == len(posed.radii) == 2
    assert np.allclose(posed.keypoints[1], 0)  # the pin is the origin
    assert posed.keypoints[0, 1] > 0 and posed.keypoints[0, 0] > 0
    assert row["keypoints"][0] == "screw"


def test_every_draw_is_another_instrument_of_the_family(taxonomy, write):
    model = load_model(write(), taxonomy)
    rng = np.random.default_rng(0)
    first, second = model.draw(rng), model.draw(rng)
    assert first.parameters != second.parameters and first.category is second.category
    assert first.held_points(0.2).shape == (5, 3) and first.ringed


def test_the_look_alike_itself_stays_unlabelled(taxonomy, write):
    load_model(write(), taxonomy)
    plain = sample_instrument("scissors", np.random.default_rng(0))
    assert plain.category is None and plain.articulate(0.1).keypoints is None


def test_ranges_narrow_the_shape(taxonomy, write):
    model = load_model(write(ranges={"shank_slit": [0.001, 0.0011]}), taxonomy)
    assert 0.001 <= model.draw(np.random.default_rng(5)).parameters["shank_slit"] <= 0.0011


def test_inspect_tells_the_shape(taxonomy, write):
    assert "scissors, another one in every picture" in inspect_model(write(), taxonomy)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": "spoon"}, "shape 'spoon' is unknown"),
        ({"shape": ["bar"]}, r"shape \['bar'\] is unknown; use one of needle_holder,"),
        ({"shape": "bar"}, "shape 'bar' has no points to label; use one of needle_holder"),
        ({"keypoints": {"screw": "joint"}}, "keypoints left_ring, .* are missing"),
        ({"keypoints": {"nose": "joint"}}, "keypoint 'nose' is unknown to scissors"),
        ({"keypoints": {"screw": "navel"}}, "has no point 'navel'"),
        ({"units": "mm"}, "key 'units' is unknown"),
        ({"ranges": {"speed": [1, 2]}}, "scissors.yaml: .*speed"),
        ({"category": "spoon"}, "category 'spoon' is unknown"),
    ],
)
def test_what_cannot_be_used_is_refused(taxonomy, write, changes, message):
    with pytest.raises(InputError, match=message):
        load_model(write(**changes), taxonomy)
