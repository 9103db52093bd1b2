"""A folder gives its pictures and videos, and a word where one is left out."""

import json
from pathlib import Path

import pytest

from surgtools.prediction.media_files import media_below


@pytest.fixture
def every_predictions_file_fits_the_schema():
    """Not here: most of these files are none."""


@pytest.fixture
def place(tmp_path):
    """Make empty files below a folder that is not the whole of ``tmp_path``."""

    def make(*names: str) -> Path:
        for name in names:
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        return tmp_path / "in"

    return make


def look(folder, out_dir=None):
    said = []
    found = media_below(folder, lambda path, why: said.append((path.name, why)), out_dir)
    return [path.relative_to(folder).as_posix() for path in found], said


def test_what_systems_leave_in_folders_is_passed_over(place):
    folder = place(
        "a.jpg", "Thumbs.db", ".DS_Store", "._a.jpg", "__MACOSX/a.jpg", "@eaDir/a.jpg/S.jpg"
    )
    place("notes.txt", ".ipynb_checkpoints/a-checkpoint.jpg", ".trash/b.jpg", "desktop.ini")
    assert look(folder) == (["a.jpg"], [])


def test_pictures_of_a_kind_that_cannot_be_read_are_named(place):
    found, said = look(place("a.jpg", "IMG_1.HEIC", "sub/b.dcm"))
    assert found == ["a.jpg"]
    assert [name for name, _ in said] == ["IMG_1.HEIC", "b.dcm"]
    assert said[0][1] == ".heic cannot be read; convert it to JPEG or MP4"


def test_linked_folders_are_followed_once_and_loops_end(place, tmp_path):
    folder = place("a.jpg", "sub/b.jpg")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/c.jpg").touch()
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "elsewhere")
    (folder / "0").symlink_to(tmp_path / "elsewhere")
    (folder / "again").symlink_to(tmp_path / "elsewhere")
    (folder / "inside").symlink_to(folder / "sub")
    (folder / "loop").symlink_to(folder)
    (folder / "sub/up").symlink_to(tmp_path)
    assert look(folder) == (["0/c.jpg", "a.jpg", "sub/b.jpg"], [])


def test_a_broken_link_is_named(place):
    folder = place("a.jpg")
    (folder / "b.jpg").symlink_to("nowhere.jpg")
    (folder / "notes").symlink_to("nowhere")
    assert look(folder) == (
        ["a.jpg"],
        [("b.jpg", "a link to a file that is not there; check the link")],
    )


def settings_of_run(folder: Path, **settings) -> None:
    head = json.dumps({"meta_info": {"settings": settings}})[:-1]
    (folder / "predictions.json").write_text(head + ',\n"instance_info": [\n]}\n')


def test_drawings_of_earlier_runs_are_no_inputs(place):
    folder = place("a.jpg", "out/visualizations/a.jpg", "out/crops/a_0.jpg", "out/frames/b/0.jpg")
    assert look(folder)[0][1:] == ["out/crops/a_0.jpg", "out/frames/b/0.jpg"] + [
        "out/visualizations/a.jpg"
    ]
    settings_of_run(folder / "out", no_draw=False, save_frames=True, crop=True)
    assert look(folder) == (["a.jpg"], [])


def test_frames_that_adapt_took_are_no_inputs(place):
    folder = place("a.jpg", "out/work/frames/images/0.jpg", "work/b.jpg")
    assert len(look(folder)[0]) == 3
    (folder / "out/work/settings.json").touch()
    assert look(folder)[0] == ["a.jpg", "work/b.jpg"]


def test_only_what_the_run_drew_is_left_out(place):
    folder = place("frames/1.jpg", "crops/1.jpg", "visualizations/1.jpg")
    settings_of_run(folder, no_draw=True, save_frames=False, crop=False)
    assert look(folder)[0] == ["crops/1.jpg", "frames/1.jpg", "visualizations/1.jpg"]
    settings_of_run(folder, no_draw=False, save_frames=False, crop=True)
    assert look(folder)[0] == ["frames/1.jpg"]


def test_drawings_of_a_run_that_was_killed_are_no_inputs_of_the_next(place):
    folder = place("a.jpg", "out/visualizations/a.jpg")
    assert look(folder, out_dir=folder / "out")[0] == ["a.jpg"]
    assert look(folder / "out/visualizations", out_dir=folder / "out")[0] == ["a.jpg"]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"meta_info": 3,', '{"meta_info": {}}', "[" * 100_000]
)
def test_a_predictions_file_of_somebody_else_hides_nothing(place, text):
    folder = place("visualizations/1.jpg")
    (folder / "predictions.json").write_text(text)
    assert look(folder)[0] == ["visualizations/1.jpg"]
