import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from surgtools.camera import read_camera
from surgtools.cli import main
from surgtools.cli.calibrate import _names
from surgtools.spatial.board import Board
from surgtools.spatial.rig import read_rig

BOARD = Board(6, 4, 30.0, 22.0)
FLAGS = ["--board", "6x4", "--square", "30", "--marker", "22", "--stride", "1"]


def film(folder: Path, to_camera: np.ndarray) -> None:
    """Pictures of a camera that sees a turning board; (4, 4) from the first camera to this one."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    matrix = np.array([[500.0, 0, 319.5], [0, 500.0, 239.5], [0, 0, 1]])
    pattern = cv2.copyMakeBorder(BOARD.draw(60), 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255)
    to_millimeters = np.array([[0.5, 0, -29.75], [0, 0.5, -29.75], [0, 0, 1]])
    for number in range(9):
        turn = cv2.Rodrigues(rng.uniform(-0.5, 0.5, 3))[0]
        shift = turn @ [-90, -60, 0] + rng.uniform([-40, -30, 330], [40, 30, 420])
        board = np.eye(4)
        board[:3, :3], board[:3, 3] = turn, shift
        place = to_camera @ board
        plane = matrix @ place[:3, [0, 1, 3]] @ to_millimeters
        picture = cv2.warpPerspective(
            pattern, plane, (640, 480), flags=cv2.INTER_AREA, borderValue=128
        )
        cv2.imwrite(str(folder / f"{number}.png"), picture)


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("films")
    film(root / "left", np.eye(4))
    there = np.eye(4)
    there[:3, :3] = cv2.Rodrigues(np.array([0, 0.3, 0]))[0]
    there[:3, 3] = [-110, 0, 20]
    film(root / "right", there)
    return root


def test_two_films_of_a_board_give_the_rig(films, tmp_path, capsys):
    words = [str(films / "left"), str(films / "right"), *FLAGS, "--out-dir", str(tmp_path)]
    assert main(["calibrate", *words]) == 0
    left, right = read_rig(tmp_path / "rig.toml")
    assert (left.name, right.name) == ("left", "right")
    assert left.camera.fx == pytest.approx(500, rel=0.03)
    np.testing.assert_allclose(left.shift, 0, atol=1e-9)
    center = -right.turn.T @ right.shift
    assert np.linalg.norm(center) == pytest.approx(np.hypot(110, 20), rel=0.05)
    assert read_camera(tmp_path / "left.json").width == 640
    assert "2 cameras, error 0." in capsys.readouterr().out


def test_a_damaged_picture_costs_its_moment_alone(films, tmp_path, capsys):
    shutil.copytree(films, tmp_path / "films")
    (tmp_path / "films/right/4.png").write_text("no picture")
    words = [str(tmp_path / "films/left"), str(tmp_path / "films/right"), *FLAGS]
    assert main(["calibrate", *words, "--out-dir", str(tmp_path)]) == 3
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert "right/4.png: no picture that OpenCV can read" in line
    assert "right: the board in 8 frames" in shown.out and "2 cameras, error 0." in shown.out
    _, right = read_rig(tmp_path / "rig.toml")
    center = -right.turn.T @ right.shift
    assert np.linalg.norm(center) == pytest.approx(np.hypot(110, 20), rel=0.05)


def test_pictures_of_other_moments_give_no_rig(films, tmp_path, capsys):
    shutil.copytree(films, tmp_path / "films")
    (tmp_path / "films/right/4.png").unlink()
    words = [str(tmp_path / "films/left"), str(tmp_path / "films/right"), *FLAGS]
    assert main(["calibrate", *words, "--out-dir", str(tmp_path / "out")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "they do not show the same moments" in line
    assert not (tmp_path / "out").exists()


def test_the_board_can_be_printed(tmp_path, capsys):
    assert main(["calibrate", *FLAGS, "--draw", str(tmp_path / "board.png")]) == 0
    assert cv2.imread(str(tmp_path / "board.png")).shape == (480, 720, 3)


def test_a_board_that_is_never_seen_is_one_line(tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    for number in range(7):
        cv2.imwrite(str(tmp_path / f"empty/{number}.png"), np.full((48, 64, 3), 90, np.uint8))
    words = [str(tmp_path / "empty"), *FLAGS, "--out-dir", str(tmp_path / "out")]
    assert main(["calibrate", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "empty: the board is seen in no pictures" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no video is given"),
        (["a.mp4"], "--out-dir DIR is missing"),
        (["gone.mp4", "--out-dir", "o"], "gone.mp4"),
    ],
)
def test_what_is_missing_is_one_line(words, message, capsys):
    assert main(["calibrate", *words, *FLAGS]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


@pytest.mark.parametrize("name", ["board.png", "board.jpg"])
def test_a_board_takes_the_place_of_a_board_and_of_nothing_else(name, tmp_path, capsys):
    out = tmp_path / name
    words = ["calibrate", "--square", "30", "--marker", "22", "--draw", str(out), "--board"]
    assert main([*words, "6x4"]) == main([*words, "7x5"]) == 0
    assert cv2.imread(str(out)).shape == (600, 840, 3), "the second one"
    capsys.readouterr()
    cv2.imwrite(str(out), np.zeros((8, 8, 3), np.uint8))
    mine = out.read_bytes()
    assert main([*words, "6x4"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{name}: is there and is not a board that this command drew; give another" in line
    assert out.read_bytes() == mine


@pytest.mark.parametrize(
    ("videos", "names"),
    [
        (["left.mp4", "right.mp4"], ["left", "right"]),
        (["left/v.mp4", "right/v.mp4"], ["v_0", "v_1"]),
        (["left/v.mp4", "right/v.mp4", "v_1.mp4"], ["v_0", "v_2", "v_1"]),
        (["v_1.mp4", "a/v.mp4", "b/v.mp4", "v_2.mp4"], ["v_1", "v_3", "v_4", "v_2"]),
    ],
)
def test_every_camera_has_a_name_of_its_own(videos, names):
    assert _names(videos) == names
