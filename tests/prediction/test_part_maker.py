"""The toy networks of ``conftest`` look at sources; each leaves its part."""

from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from surgtools.errors import InputError
from surgtools.prediction.outputs import OutputSettings
from surgtools.prediction.over_time import VideoSettings
from surgtools.prediction.part_maker import PartJob, PartMaker
from surgtools.prediction.parts import Parts, cut, read_frames_of, read_summary
from surgtools.prediction.source_list import SourceList
from surgtools.prediction.sources import stream_sources


@pytest.fixture
def maker(toy, tmp_path) -> PartMaker:
    job = PartJob(
        parts=Parts(tmp_path / "out/predictions.json", {"bbox_thr": 0.3}),
        inferencer={},
        outputs=OutputSettings(),
        out_dir=tmp_path / "out",
        video=VideoSettings(),
    )
    maker = PartMaker.__new__(PartMaker)
    maker.job, maker.inferencer = job, toy
    return maker


@pytest.fixture
def listed(tmp_path, draw_square, write_video) -> SourceList:
    (tmp_path / "in").mkdir()
    for number in (0, 1, 3):
        cv2.imwrite(str(tmp_path / f"in/{number}.png"), draw_square())
    (tmp_path / "in/2.png").write_text("no picture")
    write_video("in/clip.mp4", frames=6)
    return SourceList.of(stream_sources([str(tmp_path / "in")], print))


def test_every_source_that_can_be_read_has_a_part(maker, listed, tmp_path):
    made = maker.make(listed)
    paths = {each.source.stem: maker.job.parts.path(each) for each in listed}
    assert {stem for stem, path in paths.items() if path.exists()} == {"0", "1", "3", "clip"}
    assert [problem.source for problem in made.problems] == [str(tmp_path / "in/2.png")]
    assert (made.frames, made.instances, made.interrupted) == (9, 9, False)
    assert read_summary(paths["clip"]).drawn == "visualizations/clip.mp4"
    assert len(list(read_frames_of(paths["clip"]))) == 6
    assert all(maker.job.parts.is_done(e) for e in listed if e.source.stem != "2")


def test_a_part_is_the_same_whatever_is_looked_at_beside_it(maker, listed):
    maker.make(listed)
    together = {e.source.stem: maker.job.parts.path(e) for e in listed if e.source.stem != "2"}

    def frames() -> dict[str, list[dict]]:
        """Of each part, less the numbers of pictures, which are given when parts are joined."""
        return {
            stem: [{**frame, "image_id": None} for frame in read_frames_of(path)]
            for stem, path in together.items()
        }

    before = frames()
    assert {stem: len(own) for stem, own in before.items()} == {"0": 1, "1": 1, "3": 1, "clip": 6}
    for path in together.values():
        path.unlink()
    for each in listed:
        maker.make(SourceList([each]))
    assert frames() == before


def test_measures_stand_in_the_parts(maker, listed):
    def begin(taxonomy):
        assert taxonomy == maker.inferencer.predictor.taxonomy
        return lambda result: result.changed(instances=[])

    maker.job = replace(maker.job, measure=begin)
    assert maker.make(listed).frames == 9
    first = maker.job.parts.path(next(iter(listed)))
    assert [entry["instances"] for entry in read_frames_of(first)] == [[]]


def test_what_is_required_of_frames_costs_their_sources_only(maker, listed):
    def require(frame):
        if frame.source.stem in ("0", "clip"):
            raise InputError("is refused")

    maker.job = replace(maker.job, require=require)
    made = maker.make(listed)
    assert made.frames == 2
    refused = [Path(p.source).name for p in made.problems if p.message == "is refused"]
    assert refused == ["0.png", "clip.mp4"]


def test_ctrl_c_keeps_the_clip_under_way_apart(maker, listed):
    def stop(result) -> None:
        if result.frame_id == 2:
            raise KeyboardInterrupt

    made = maker.make(listed, stop)
    clip = next(each for each in listed if each.source.stem == "clip")
    path = maker.job.parts.path(clip)
    assert made.interrupted and made.frames == 6
    assert not path.exists() and len(list(read_frames_of(cut(path)))) == 3


def test_an_error_in_the_middle_leaves_finished_parts(maker, listed):
    def fail(result) -> None:
        if result.frame_id == 1:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        maker.make(listed, fail)
    done = [each.source.stem for each in listed if maker.job.parts.path(each).exists()]
    assert done == ["0", "1", "3"]
