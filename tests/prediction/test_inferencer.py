import json
import sys
import threading
from dataclasses import replace

import cv2
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction import inferencer, pipeline
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.over_time import VideoSettings

RAW = VideoSettings(track=False)


def test_pictures_arrays_and_video_in_one_call(toy, draw_square, tmp_path, write_video):
    cv2.imwrite(str(tmp_path / "a.png"), draw_square("red"))
    inputs = [tmp_path / "a.png", draw_square("blue"), write_video(frames=3)]
    results = list(toy(inputs, video=RAW))
    assert [r.kind for r in results] == ["image", "image", "video", "video", "video"]
    assert [r.image_id for r in results] == [1, 2, 3, 4, 5]
    assert [r.instances[0].category_id for r in results] == [2, 1, 1, 1, 1]
    assert [r.frame_id for r in results[2:]] == [0, 1, 2]
    assert toy.problems == []


def test_empty_frames_stay_empty(toy, draw_square):
    assert [len(r) for r in toy([draw_square(None)] * 3)] == [0, 0, 0]
    assert toy.predictor.pose.backend.calls == []


def test_networks_get_full_batches(toy, draw_square):
    list(toy([draw_square("blue")] * 10))
    assert toy.predictor.detector.backend.calls == [4, 4, 2]


def test_results_are_computed_as_they_are_asked_for(toy, draw_square):
    results = toy([draw_square("blue")] * 1000)
    next(results)
    results.close()
    assert sum(toy.predictor.detector.backend.calls) < 100


def test_images_are_kept_only_on_request(toy, draw_square):
    assert next(toy(draw_square())).image is None
    assert next(toy(draw_square(), keep_images=True)).image.shape == (240, 320, 3)


def test_a_gap_of_a_video_is_filled_under_the_same_id(toy, write_video):
    results = list(toy(write_video(frames=12, missing=(4, 5)), video=VideoSettings()))
    assert [len(r) for r in results] == [1] * 12
    assert [r.instances[0].interpolated for r in results] == [i in (4, 5) for i in range(12)]
    assert {r.instances[0].track_id for r in results} == {1}


def test_without_tracking_the_gap_stays(toy, write_video):
    results = list(toy(write_video(frames=12, missing=(4, 5)), video=RAW))
    assert [len(r) for r in results] == [int(i not in (4, 5)) for i in range(12)]
    assert results[0].instances[0].track_id is None


def test_each_video_starts_its_ids_afresh(toy, write_video):
    clips = [write_video("a.mp4", 3), write_video("b.mp4", 3)]
    assert [r.instances[0].track_id for r in toy(clips)] == [1] * 6


def test_detector_interval_runs_the_detector_less_and_finds_the_same(toy, write_video):
    clip = write_video(frames=12)
    every = list(toy(clip, video=RAW))
    toy.predictor.detector.backend.calls.clear()
    some = list(toy(clip, video=VideoSettings(track=False, det_interval=4)))
    assert sum(toy.predictor.detector.backend.calls) == 3
    for a, b in zip(every[:9], some[:9], strict=True):
        assert np.abs(a.instances[0].bbox - b.instances[0].bbox).max() <= 4


class Doubting:
    """A pose network that has never seen tweezers."""

    def __init__(self, pose):
        self.pose, self.spec = pose, replace(pose.spec, has_presence=True)
        pose.tips_low = True

    def __call__(self, batch):
        return *self.pose(batch), np.tile([4.0, -4.0], (len(batch), 1))


def test_what_the_pose_model_does_not_see_is_not_reported(toy, draw_square):
    backends = toy.predictor.detector.backend, Doubting(toy.predictor.pose.backend)
    pictures = [draw_square("blue"), draw_square("red")]
    blue, red = Inferencer.from_backends(*backends)(pictures)
    assert (len(blue), len(red)) == (1, 0)
    # the geometric mean of 0.9 and sigmoid(4) = 0.9820
    assert blue.instances[0].bbox_score == pytest.approx(0.9401, abs=1e-4)
    assert [len(r) for r in Inferencer.from_backends(*backends, presence=False)(pictures)] == [
        1,
        1,
    ]


def test_boxes_of_a_file_replace_the_detector(toy, draw_square, tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), draw_square(None))
    (tmp_path / "b.json").write_text(
        '{"instance_info": [{"image": "a.png", "instances": '
        '[{"bbox": [10, 10, 90, 70], "category_id": 2}]}]}'
    )
    (result,) = toy(tmp_path / "a.png", boxes=tmp_path / "b.json")
    assert result.instances[0].category_id == 2
    assert toy.predictor.detector.backend.calls == []


def test_frames_that_a_file_of_boxes_lacks_are_left_out(toy, write_video, tmp_path):
    video = write_video(frames=6)
    rows = [{"video": "clip.mp4", "frame_id": i, "instances": []} for i in (0, 2, 4)]
    (tmp_path / "b.json").write_text(json.dumps({"instance_info": rows}))
    results = toy([video, tmp_path / "other.mp4"], boxes=tmp_path / "b.json")
    assert [result.frame_id for result in results] == [0, 2, 4]
    assert [problem.source for problem in toy.problems] == [
        str(tmp_path / "other.mp4"),
        str(video),
    ]


def test_detector_alone_gives_boxes_without_keypoints(toy, draw_square):
    (result,) = toy(draw_square(), pose=False)
    entry = result.to_json()["instances"][0]
    assert sorted(entry) == ["bbox", "bbox_score", "category_id", "category_name"]


def test_wrong_settings_are_named(toy):
    with pytest.raises(InputError, match="det_interval 0"):
        VideoSettings(det_interval=0)
    with pytest.raises(InputError, match="batch size 0"):
        Inferencer.from_backends(
            toy.predictor.detector.backend, toy.predictor.pose.backend, batch_size=0
        )
    with pytest.raises(InputError, match="needs its weights"):
        Inferencer(det_model=__file__)


def test_memory_does_not_grow_with_the_length_of_a_video(toy, write_video):
    tracemalloc = pytest.importorskip("tracemalloc")

    def peak(frames: int) -> int:
        clip = write_video(f"{frames}.mp4", frames)
        tracemalloc.start()
        for _ in toy(clip):
            pass
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    peak(10)
    assert peak(240) < 1.3 * peak(60)


def test_torch_is_not_imported_for_reading_and_typing():
    import subprocess

    code = (
        "import sys; import surgtools.prediction.inferencer, surgtools.prediction.outputs; "
        "print([m for m in ('torch', 'mmengine', 'av', 'scipy', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_pictures_that_go_through_one_by_one_all_come_out(toy, draw_square, monkeypatch):
    """Also when the caller keeps every result with its picture."""
    monkeypatch.setattr(pipeline, "MAX_BATCH_PIXELS", 100_000)
    monkeypatch.setattr(inferencer, "Room", lambda: pipeline.Room(pixels=100_000))
    results = list(toy([draw_square() for _ in range(12)], keep_images=True))  # 76,800 pixels each
    assert [result.source for result in results] == [f"array:{i}" for i in range(12)]
    assert max(toy.predictor.detector.backend.calls) == 1


def test_a_caller_that_stops_early_leaves_nothing_waiting(toy, draw_square, monkeypatch):
    monkeypatch.setattr(pipeline, "MAX_BATCH_PIXELS", 100_000)
    monkeypatch.setattr(inferencer, "Room", lambda: pipeline.Room(pixels=100_000))
    before = threading.active_count()
    results = toy([draw_square() for _ in range(12)])
    next(results)
    results.close()
    assert threading.active_count() <= before


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"bbox_thr": 35}, "bbox_thr 35 given; a number from 0 to 1 is expected"),
        ({"bbox_thr": float("nan")}, "bbox_thr nan given"),
        ({"nms_thr": "0.5"}, "nms_thr '0.5' given"),
        ({"place_thr": -1}, "place_thr -1 given"),
        ({"zoom": "big"}, "zoom 'big' given; off, auto or a number of parts is expected"),
        ({"zoom": 0}, "zoom 0 given"),
    ],
)
def test_settings_out_of_their_range_are_refused_by_name(toy, setting, told):
    with pytest.raises(InputError, match=told):
        Inferencer.from_backends(toy.predictor.detector, toy.predictor.pose, **setting)
