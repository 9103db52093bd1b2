import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.rig_file import read_rig_file, write_rig_file
from surgtools.spatial.rig import read_rig, write_rig


def test_round_trip(rig, tmp_path):
    write_rig(tmp_path / "rig.toml", rig, error=0.4)
    again = read_rig(tmp_path / "rig.toml")
    points = np.array([[10.0, 20, 500], [0, 0, 450]])
    for one, other in zip(rig, again, strict=True):
        assert one.name == other.name
        np.testing.assert_allclose(one.project(points), other.project(points), atol=1e-6)


def test_what_is_behind_a_camera_has_no_pixel(rig):
    assert np.isnan(rig[0].project(np.array([[0.0, 0, -100]]))).all()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("matrix", [[0.0, 0, 31], [0, 50, 23], [0, 0, 1]], "`fx` is 0.0; a number above 0"),
        ("matrix", [[1.0, 2.0]], "`matrix` is .*; calibrate again"),
        ("rotation", ["a", 0, 0], "`rotation` is .*; numbers are expected"),
    ],
)
def test_a_wrong_value_names_the_camera(rig, tmp_path, key, value, message):
    write_rig(tmp_path / "rig.toml", rig)
    tables = read_rig_file(tmp_path / "rig.toml")
    tables[1][key] = value
    write_rig_file(tmp_path / "rig.toml", tables, {})
    with pytest.raises(InputError, match=rf"rig\.toml: right: {message}"):
        read_rig(tmp_path / "rig.toml")


def test_two_cameras_of_one_name_are_refused(rig, tmp_path):
    write_rig(tmp_path / "rig.toml", [rig[0], rig[0]])
    with pytest.raises(InputError, match="two cameras are called 'left'"):
        read_rig(tmp_path / "rig.toml")
