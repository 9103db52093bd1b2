import json

import cv2
import numpy as np
import pytest

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
    outputs = write(
        tmp_path, [result(), *clip("b", 2), *clip("c", 1)], coco=True, frames=True, crops=True
    )
    outputs.close([])
    assert files(tmp_path) == [
        "coco_results.json",
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
    assert len(json.loads((tmp_path / "coco_results.json").read_text())) == 4
    crop = cv2.imread(str(tmp_path / "crops/sub/a_0_needle_holder.jpg"))
    assert crop.shape == (32, 40, 3)  # 10 to 50 and 12 to 44
    assert np.abs(crop.astype(int) - 50).max() <= 2  # nothing drawn on it
    with VideoReader(str(tmp_path / "visualizations/b.mp4")) as reader:
        assert [time for _, time, _ in reader] == pytest.approx([0, 0.1])


def test_without_drawing_only_the_json_is_left(tmp_path):
    write(tmp_path, [result(), *clip("b", 2)], draw=False).close([])
    assert files(tmp_path) == ["p.json"]


def test_discarding_leaves_no_half_written_file(tmp_path):
    write(tmp_path, clip("b", 2), coco=True).discard()
    assert files(tmp_path) == []
