import json

import pytest

from surgtools.prediction.joining import Joined, join_parts, joined_before, remember
from surgtools.prediction.part_writer import PartWriter
from surgtools.prediction.parts import Parts
from surgtools.prediction.results import FrameResult
from surgtools.prediction.source_list import Listed
from surgtools.prediction.sources import InputProblem, Source
from surgtools.taxonomy import SURGICAL


@pytest.fixture
def parts(tmp_path) -> Parts:
    return Parts(tmp_path / "predictions.json", {"bbox_thr": 0.3})


def listed(name: str) -> Listed:
    stem, _, suffix = name.partition(".")
    return Listed(Source(name, "video" if suffix == "mp4" else "image", stem), "1-2")


def write(parts: Parts, name: str, frames: int = 1, cut_off: bool = False) -> Listed:
    each = listed(name)
    parts.claim({}, SURGICAL)
    writer = PartWriter(parts.output.parent, lambda _: (parts.path(each), ""), lambda _: [])
    for number in range(frames):
        at = (number, number / 10) if each.source.is_video else (None, None)
        kind, stem = each.source.kind, each.source.stem
        writer.write(FrameResult(name, kind, 8, 8, [], *at, image_id=1, stem=stem))
    if cut_off:
        writer.close([], complete=False)
    else:
        writer.finish(None, [InputProblem(name, "odd")] if "odd" in name else [])
    return each


def frames_in(parts: Parts) -> list[tuple[str, int]]:
    entries = json.loads(parts.output.read_text())["instance_info"]
    return [(entry.get("image", entry.get("video")), entry["image_id"]) for entry in entries]


def test_frames_stand_in_the_order_of_sources_and_are_numbered_anew(parts):
    write(parts, "odd.jpg")
    write(parts, "b.mp4", 2)
    order = [listed(name) for name in ("b.mp4", "lost.jpg", "lost.mp4", "odd.jpg")]
    joined = join_parts(order, parts, {"shown": 1}, [InputProblem("lost.jpg", "gone")])
    assert frames_in(parts) == [("b.mp4", 1), ("b.mp4", 2), ("odd.jpg", 4)]
    assert [problem.message for problem in joined.problems] == ["gone", "odd"]
    content = json.loads(parts.output.read_text())
    assert content["summary"] | {"problems": 0} == {
        "complete": True,
        "frames": 3,
        "instances": 0,
        "problems": 0,
    }
    assert content["meta_info"]["settings"] == {"shown": 1}


def test_without_frames_the_file_of_before_stays(parts):
    assert join_parts([listed("a.jpg")], parts, {}) == Joined(0, 0, [])
    write(parts, "b.jpg")
    assert join_parts([listed("a.jpg")], parts, {}) == Joined(0, 0, [])
    assert not parts.output.exists()


def test_what_was_joined_is_known_until_something_changes(parts):
    order = [write(parts, "a.jpg"), listed("b.jpg")]
    problems = [InputProblem("b.jpg", "gone")]
    assert joined_before(order, parts, problems) is None
    joined = join_parts(order, parts, {}, problems)
    remember(joined, order, parts, problems)
    assert joined_before(order, parts, problems) == joined
    assert joined_before(order[:1], parts, problems) is None
    assert joined_before(order, parts, []) is None
    write(parts, "b.jpg")
    assert joined_before(order, parts, problems) is None


def test_a_file_that_somebody_wrote_over_is_joined_again(parts):
    order = [write(parts, "a.jpg")]
    remember(join_parts(order, parts, {}), order, parts, [])
    parts.output.unlink()
    assert joined_before(order, parts, []) is None


def test_what_was_stopped_in_the_middle_is_told_of_while_the_run_is_incomplete(parts):
    order = [write(parts, "a.jpg"), write(parts, "b.mp4", 2, cut_off=True)]
    join_parts(order, parts, {}, complete=False)
    assert frames_in(parts) == [("a.jpg", 1), ("b.mp4", 2), ("b.mp4", 3)]
    join_parts(order, parts, {})
    assert frames_in(parts) == [("a.jpg", 1)]
