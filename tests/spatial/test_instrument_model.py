import json

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.spatial.instrument_model import read_spatial_model
from surgtools.taxonomy import SURGICAL


def test_points_between_openings_are_interpolated(model):
    low, high = model.openings[:2]
    points, slope = model.at((low + high) / 2)
    np.testing.assert_allclose(points, (model.points[0] + model.points[1]) / 2)
    np.testing.assert_allclose(slope, (model.points[1] - model.points[0]) / (high - low))
    np.testing.assert_allclose(model.at(high)[0], model.points[1])


def test_beyond_the_ends_the_last_piece_goes_on(model):
    points, slope = model.at(model.openings[-1] + 0.1)
    np.testing.assert_allclose(points, model.points[-1] + 0.1 * slope)


def test_length_is_the_largest_distance(model):
    points = model.points[len(model.points) // 2]
    assert model.length == pytest.approx(np.linalg.norm(points[1] - points[4]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"points_m": []}, "openings x keypoints x 3 is expected"),
        ({"points_m": "far"}, "hold numbers only"),
        ({"keypoints": ["a", "b", "c"], "points_m": [[[0, 0, 0]] * 3] * 17}, "has 3 keypoints"),
        ({"opening_rad": list(np.linspace(0.8, 0, 17))}, "does not ascend"),
        ({"keypoints": 5}, "keypoints are a list of names"),
        ({"points_m": np.ones((17, 5, 3)).tolist()}, "is 0 m long"),
    ],
)
def test_a_file_that_does_not_fit_together_is_one_clear_line(model_file, change, message):
    content = json.loads(model_file.read_text()) | change
    model_file.write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"holder\.json: .*{message}"):
        read_spatial_model(model_file)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "a.json").write_text('{"width": 3}')
    with pytest.raises(InputError, match=r"a\.json: is no instrument model; .*--skeleton FILE"):
        read_spatial_model(tmp_path / "a.json")


def test_other_keypoints_are_refused(model):
    model.require(SURGICAL.get(1))
    with pytest.raises(InputError, match="needle_holder has keypoints joint"):
        model.require(SURGICAL.get(2))
