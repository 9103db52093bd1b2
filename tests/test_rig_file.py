import pytest

from surgtools.errors import InputError
from surgtools.rig_file import read_rig_file, write_rig_file

CAMERA = {
    "name": 'left "one"',
    "size": [64, 48],
    "matrix": [[50.0, 0.0, 31.5], [0.0, 50.0, 23.5], [0.0, 0.0, 1.0]],
    "distortions": [0.1, -1e-7, 0.0, 0.0, 0.0],
    "rotation": [0.0, 0.5, 0.0],
    "translation": [1.5, 0.0, -200.0],
}


def test_round_trip_of_twelve_cameras(tmp_path):
    cameras = [{**CAMERA, "name": str(i)} for i in range(11)] + [CAMERA]
    write_rig_file(tmp_path / "rig.toml", cameras, {"error": 0.25, "adjusted": False})
    assert read_rig_file(tmp_path / "rig.toml") == cameras
    assert "adjusted = false" in (tmp_path / "rig.toml").read_text()


def test_what_editors_of_windows_put_in_is_passed_over(tmp_path):
    """A mark of the byte order in front, and a carriage return behind each line."""
    write_rig_file(tmp_path / "rig.toml", [CAMERA], {})
    text = (tmp_path / "rig.toml").read_text().replace("\n", "\r\n")
    (tmp_path / "rig.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_rig_file(tmp_path / "rig.toml") == [CAMERA]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[cam_0\n", "is no TOML"),
        ("", "names no camera"),
        ("[metadata]\nerror = 1\n", "names no camera"),
        ('[cam_0]\nname = "a"\n', r"\[cam_0\] lacks `size`; calibrate again"),
    ],
)
def test_another_file_is_one_clear_line(tmp_path, text, message):
    (tmp_path / "rig.toml").write_text(text)
    with pytest.raises(InputError, match=rf"rig\.toml: {message}"):
        read_rig_file(tmp_path / "rig.toml")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_rig_file(tmp_path / "rig.toml")
