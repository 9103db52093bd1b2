from pathlib import Path

import pytest

from surgtools.prediction.part_writer import PartWriter
from surgtools.prediction.parts import cut, read_frames_of, read_summary
from surgtools.prediction.results import FrameResult
from surgtools.prediction.sources import InputProblem


@pytest.fixture
def writer(tmp_path) -> PartWriter:
    def problems_of(name: str) -> list[InputProblem]:
        return [InputProblem(name, "strange")] if name == "b.jpg" else []

    def place_of(stem: str) -> tuple[Path, str]:
        return tmp_path / f"{stem}.json", "g"

    return PartWriter(tmp_path, place_of, problems_of, coco=True)


def picture(stem: str) -> FrameResult:
    return FrameResult(f"{stem}.jpg", "image", 8, 8, [], image_id=1, stem=stem)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_each_source_has_a_file_of_its_own_when_it_is_done(writer, tmp_path):
    writer.write(picture("a"))
    assert not (tmp_path / "a.json").exists()
    writer.finish(tmp_path / "visualizations/a.jpg", [])
    writer.write(picture("b"))
    writer.finish(None, [])
    assert files(tmp_path) == ["a.json", "b.json"]
    assert read_summary(tmp_path / "a.json").together == "g"
    assert read_summary(tmp_path / "a.json").drawn == "visualizations/a.jpg"
    assert read_summary(tmp_path / "b.json").problems == [
        {"source": "b.jpg", "message": "strange"}
    ]
    assert list(read_frames_of(tmp_path / "a.json"))[0]["coco"] == []
    assert writer.num_frames == 2


def test_what_was_not_finished_is_no_part(writer, tmp_path):
    writer.write(picture("a"))
    writer.close([], complete=False)
    assert files(tmp_path) == ["a.cut.json"]
    writer.write(picture("a"))
    writer.finish(None, [])
    assert files(tmp_path) == ["a.json"] and not cut(tmp_path / "a.json").exists()


def test_what_is_given_up_leaves_nothing(writer, tmp_path):
    writer.write(picture("a"))
    writer.discard()
    writer.finish(None, [])
    assert files(tmp_path) == []
