import json
from dataclasses import replace
from pathlib import Path

import pytest

from surgtools.prediction.part_writer import PartWriter
from surgtools.prediction.parts import Parts, cut, failed, read_frames_of, read_summary
from surgtools.prediction.results import FrameResult
from surgtools.prediction.source_list import Listed, digest_of
from surgtools.prediction.sources import InputProblem, Source
from surgtools.taxonomy import SURGICAL


@pytest.fixture
def every_predictions_file_fits_the_schema():
    """Not here: parts are no predictions.json."""


def listed(stem: str, mark: str = "1-2") -> Listed:
    return Listed(Source(f"{stem}.mp4", "video", stem), mark)


def frames(stem: str, count: int) -> list[FrameResult]:
    return [
        FrameResult(f"{stem}.mp4", "video", 8, 8, [], i, i / 10, image_id=1, stem=stem)
        for i in range(count)
    ]


def write(out: Path, each: Listed, count: int, drawn: Path | None = None, **settings) -> Parts:
    parts = Parts(out / "predictions.json", settings)
    parts.claim({"det_model": "a"}, SURGICAL)
    problems = [InputProblem(each.source.name, "cut off")]
    writer = PartWriter(out, lambda stem: (parts.path(each), each.together), lambda name: problems)
    for result in frames(each.source.stem, count):
        writer.write(result)
    writer.finish(drawn, [InputProblem(each.source.name, "no drawing: why")])
    return parts


def test_a_part_gives_back_frames_and_summary(tmp_path):
    parts = write(tmp_path, listed("a"), 3)
    path = parts.path(listed("a"))
    assert json.loads(path.read_text())["summary"]["frames"] == 3
    assert list(read_frames_of(path)) == [f.to_json() for f in frames("a", 3)]
    summary = read_summary(path)
    assert (summary.frames, summary.instances, summary.drawn) == (3, 0, None)
    assert [p["message"] for p in summary.problems] == ["cut off", "no drawing: why"]
    assert parts.origin() == ({"det_model": "a"}, SURGICAL)


def test_done_is_what_has_a_part_of_this_state_and_its_drawing(tmp_path):
    drawing = tmp_path / "visualizations/a.mp4"
    parts = write(tmp_path, listed("a"), 1, drawing)
    assert not parts.is_done(listed("a"))
    drawing.parent.mkdir()
    drawing.touch()
    assert parts.is_done(listed("a"))
    assert not parts.is_done(listed("a", mark="1-3"))
    assert not parts.is_done(listed("b"))


def test_a_stream_is_never_done(tmp_path):
    parts = write(tmp_path, listed("a", mark=""), 1)
    assert parts.path(listed("a", mark="")).exists()
    assert not parts.is_done(listed("a", mark=""))


def test_other_settings_have_other_parts_until_they_are_tidied_up(tmp_path):
    old = write(tmp_path, listed("a"), 1, bbox_thr=0.1)
    new = write(tmp_path, listed("a"), 1, bbox_thr=0.2)
    assert new.of_other_settings() == [old.folder]
    (new.folder / "ab").mkdir(exist_ok=True)
    (new.folder / "ab/.part-0.json").touch()
    new.tidy()
    assert list(new.home.iterdir()) == [new.folder]
    assert not (new.folder / "ab/.part-0.json").exists()
    assert new.is_done(listed("a"))


def test_what_is_stopped_in_the_middle_is_kept_apart(tmp_path):
    path = tmp_path / "ab/part.json"
    writer = PartWriter(tmp_path, lambda stem: (path, ""), lambda name: [])
    writer.write(frames("a", 1)[0])
    writer.close([], complete=False)
    assert not path.exists()
    assert len(list(read_frames_of(cut(path)))) == 1


def group(out: Path, *done: str, together: bool = True) -> tuple[Parts, list[Listed]]:
    """Three sources seen together, and the parts of those that are done."""
    members = [listed(stem) for stem in "abc"]
    parts = Parts(out / "predictions.json", {})
    for each in members:
        if each.source.stem in done:
            write(out, replace(each, together=digest_of(members) if together else ""), 1)
    return parts, members


def stems(found: list[Listed]) -> str:
    return "".join(each.source.stem for each in found)


def test_a_group_that_was_interrupted_is_looked_at_again_as_a_whole(tmp_path):
    parts, members = group(tmp_path, "a", "c")
    missing = parts.missing(members)
    assert stems(missing) == "abc"
    assert {each.together for each in missing} == {digest_of(members)}
    parts, members = group(tmp_path, "a", "b", "c")
    assert parts.missing(members) == []


def test_of_a_group_that_has_changed_only_the_new_is_looked_at(tmp_path):
    parts, members = group(tmp_path, "a", "c", together=False)
    assert stems(parts.missing(members)) == "b"


def test_what_failed_alone_is_tried_alone(tmp_path):
    parts, members = group(tmp_path, "a", "c")
    mark = failed(parts.path(members[1]))
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    assert stems(parts.missing(members)) == "b"


@pytest.mark.parametrize("folder", ["/development/out", "/processed", "/dev/shm/out"])
def test_parts_lie_beside_an_output_on_a_disk(folder):
    parts = Parts(Path(folder, "predictions.json"), {})
    assert parts.home == Path(folder, ".predictions")


@pytest.mark.parametrize("output", ["/dev/stdout", "/dev/fd/1", "/dev/pts/0", "/proc/self/fd/1"])
def test_no_parts_lie_beside_what_the_system_holds_open(output, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert Parts(Path(output), {}).home.parent == tmp_path
