import json
import resource
import signal
import time

import cv2
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.outputs import Outputs, OutputSettings
from surgtools.prediction.predictions_file import PredictionsFile
from surgtools.prediction.results import FrameResult, Instance
from surgtools.prediction.video import VideoReader


def result(**values) -> FrameResult:
    ones = np.ones(5)
    keypoints = np.array([[30, 30], [20, 20], [40, 20], [20, 40], [40, 40.0]])
    instance = Instance(1, np.array([10.5, 12, 50, 44]), 0.9, keypoints, ones, ones, track_id=1)
    image = np.full((60, 80, 3), 50, np.uint8)
    whole = {"source": "a.png", "kind": "image", "width": 80, "height": 60, "stem": "sub/a"}
    return FrameResult(**(whole | {"instances": [instance], "image": image} | values), image_id=1)


def write(folder, results, **settings):
    outputs = Outputs(
        folder, PredictionsFile(folder / "p.json", {}, {}), OutputSettings(**settings)
    )
    for entry in results:
        outputs.put(entry)
    outputs.drain()
    return outputs


def files(folder) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def clip(stem: str, count: int) -> list[FrameResult]:
    values = {"kind": "video", "source": f"{stem}.mp4", "stem": stem}
    return [result(frame_id=i, time_s=i / 10, **values) for i in range(count)]


def test_every_kind_of_output_has_its_place(tmp_path):
    outputs = write(tmp_path, [result(), *clip("b", 2), *clip("c", 1)], frames=True, crops=True)
    outputs.close([])
    assert files(tmp_path) == [
        "crops/b_000000_0_needle_holder.jpg",
        "crops/b_000001_0_needle_holder.jpg",
        "crops/c_000000_0_needle_holder.jpg",
        "crops/sub/a_0_needle_holder.jpg",
        "frames/b/000000.jpg",
        "frames/b/000001.jpg",
        "frames/c/000000.jpg",
        "p.json",
        "visualizations/b.mp4",
        "visualizations/c.mp4",
        "visualizations/sub/a.jpg",
    ]
    crop = cv2.imread(str(tmp_path / "crops/sub/a_0_needle_holder.jpg"))
    assert crop.shape == (32, 40, 3)  # 10 to 50 and 12 to 44
    assert np.abs(crop.astype(int) - 50).max() <= 2  # nothing drawn on it
    with VideoReader(str(tmp_path / "visualizations/b.mp4")) as reader:
        assert [time for _, time, _ in reader] == pytest.approx([0, 0.1])


def test_without_drawing_only_the_json_is_left(tmp_path):
    write(tmp_path, [result(), *clip("b", 2)], draw=False).close([])
    assert files(tmp_path) == ["p.json"]


def test_discarding_leaves_no_half_written_file(tmp_path):
    predictions = PredictionsFile(tmp_path / "p.json", {}, {})
    outputs = Outputs(tmp_path, predictions, OutputSettings())
    for frame in clip("b", 2):
        outputs.put(frame)
    while not predictions.num_frames:
        time.sleep(0.01)
    outputs.discard()
    assert files(tmp_path) == []


def test_a_picture_too_tall_for_jpeg_is_drawn_as_png(tmp_path):
    tall = result(image=np.zeros((65_600, 4, 3), np.uint8), width=4, height=65_600, stem="tall")
    outputs = write(tmp_path, [tall, result()])
    outputs.close([])
    assert outputs.problems == []
    assert files(tmp_path) == ["p.json", "visualizations/sub/a.jpg", "visualizations/tall.png"]


def test_what_cannot_be_drawn_costs_its_own_drawing_and_is_reported(tmp_path):
    wide = np.zeros((2, 20_000, 3), np.uint8)  # H.264 ends at 16,384
    film = [frame.changed(image=wide, width=20_000, height=2) for frame in clip("wide", 3)]
    outputs = write(tmp_path, [result(), *film, *clip("b", 2)])
    outputs.close(outputs.problems)
    assert files(tmp_path) == ["p.json", "visualizations/b.mp4", "visualizations/sub/a.jpg"]
    content = json.loads((tmp_path / "p.json").read_text())
    assert len(content["instance_info"]) == 6
    (problem,) = content["summary"]["problems"]
    assert problem["source"] == "wide.mp4"
    assert problem["message"].startswith("no drawing: ")
    assert "frames of 20000 x 2 pixels cannot be written as H.264" in problem["message"]


def test_a_name_that_is_taken_by_a_folder_costs_that_drawing(tmp_path):
    (tmp_path / "visualizations/a.jpg").mkdir(parents=True)
    outputs = write(tmp_path, [result(stem="a", source="a.jpg"), result(stem="b")])
    assert [problem.source for problem in outputs.problems] == ["a.jpg"]
    outputs.close(outputs.problems)
    assert files(tmp_path) == ["p.json", "visualizations/b.jpg"]


def test_what_was_written_before_an_error_elsewhere_is_kept(tmp_path):
    write(tmp_path, [result(), *clip("b", 2)]).keep([])
    assert files(tmp_path) == ["p.json", "visualizations/b.mp4", "visualizations/sub/a.jpg"]
    content = json.loads((tmp_path / "p.json").read_text())
    assert len(content["instance_info"]) == 3 and content["summary"]["complete"] is False


def test_nothing_is_kept_where_nothing_was_written(tmp_path):
    write(tmp_path, []).keep([])
    assert files(tmp_path) == []


@pytest.fixture
def full_disk():
    """No file may pass so many bytes; the system then answers as on a full disk, with EFBIG."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    yield lambda limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, old[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, old)
    signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize(
    ("settings", "limit"),
    [({}, 20_000), ({"draw": False}, 500), ({"draw": False, "frames": True}, 2_000)],
    ids=["video", "json", "frames"],
)
def test_a_full_disk_ends_the_run_and_leaves_nothing_half_written(
    tmp_path, full_disk, settings, limit
):
    noise = np.random.default_rng(0).integers(0, 255, (20, 120, 160, 3), np.uint8)
    film = [frame.changed(image=image) for frame, image in zip(clip("b", 20), noise, strict=True)]
    full_disk(limit)
    predictions = PredictionsFile(tmp_path / "p.json", {}, {})
    outputs = Outputs(tmp_path, predictions, OutputSettings(**settings))
    with pytest.raises(InputError, match="cannot be written .*free space on the disk"):
        for frame in film:
            outputs.put(frame)
        outputs.drain()
        outputs.close([])
    outputs.discard()
    assert files(tmp_path) == []


@pytest.mark.parametrize("stem", ["../../evil", "/evil", "a\\..\\..\\evil", "way/evil"])
def test_a_name_that_leads_out_costs_its_own_files_and_is_reported(stem, tmp_path):
    (tmp_path / "out/visualizations").mkdir(parents=True)
    (tmp_path / "out/visualizations/way").symlink_to(tmp_path)
    values = {"stem": stem, "source": "evil"}
    outputs = write(tmp_path / "out", [result(**values), result()], crops="way" not in stem)
    outputs.close(outputs.problems)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out/visualizations/sub/a.jpg").is_file()
    assert {problem.source for problem in outputs.problems} == {"evil"}
