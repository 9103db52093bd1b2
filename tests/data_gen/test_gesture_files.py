"""Scripted clips come with labels and exact keypoints in the form that `gestures` reads."""

import csv
import json

import pytest

from data_gen.gesture_files import EXACT, LABELS, to_predictions, write_gestures
from data_gen.job import Job
from data_gen.run import run_job
from surgtools.errors import InputError
from surgtools.gestures.labels import labelled_videos, read_label_file
from surgtools.gestures.seen_videos import read_seen_videos
from surgtools.metainfo import INSTRUMENTS


def content():
    keypoints = [1, 2, 2, 3, 4, 1, 0, 0, 0, 7, 8, 2, 9, 10, 2]
    points = [[0, 0, 1], [0, 0, 1], [0.4, -0.1, 0.5], [0, 0, 1], [0, 0, 1]]
    camera = {"fx": 50, "fy": 60, "cx": 32, "cy": 24, "distortion": 0}
    return {
        "categories": [own.to_category() for own in INSTRUMENTS],
        "images": [
            {"id": 1, "width": 64, "height": 48, "video_id": 1, "frame_id": 3, "camera": camera},
            {"id": 2, "width": 64, "height": 48, "video_id": 1, "frame_id": 4},
        ],
        "annotations": [
            {"image_id": 1, "category_id": 2, "bbox": [1, 2, 8, 8.5], "keypoints": keypoints,
             "keypoints_3d": points, "track_id": 2},
        ],
    }  # fmt: skip


def test_labels_become_predictions_that_are_sure():
    first, second = to_predictions(content(), fps=10)["instance_info"]
    assert (first["video"], first["frame_id"], first["time_s"]) == ("clip_0000.mp4", 3, 0.3)
    (row,) = first["instances"]
    assert row["category_name"] == "tweezers" and row["track_id"] == 2
    assert row["bbox"] == [1, 2, 9, 10.5] and row["bbox_score"] == 1
    assert row["keypoints"][1] == [3, 4]
    assert row["keypoint_scores"] == [1, 1, 0, 1, 1]
    assert row["keypoint_visible"] == [1, 0, 0, 1, 1]
    assert second["instances"] == []


def test_a_keypoint_outside_of_the_picture_stands_where_the_camera_would_see_it():
    (row,) = to_predictions(content(), fps=10)["instance_info"][0]["instances"]
    assert row["keypoints"][2] == [72, 12]  # 50 * 0.4 / 0.5 + 32, 60 * -0.1 / 0.5 + 24
    assert row["keypoints"][3] == [7, 8]  # as it is labelled


def test_a_keypoint_behind_the_camera_is_far_out_on_its_side():
    labels = content()
    labels["annotations"][0]["keypoints_3d"][2] = [0.4, -0.1, -0.5]
    (row,) = to_predictions(labels, fps=10)["instance_info"][0]["instances"]
    x, y = row["keypoints"][2]
    assert x > 64 and y < 0


def test_a_clip_that_is_cut_off_has_no_label_behind_its_end(tmp_path):
    (tmp_path / "coco_keypoints.json").write_text(json.dumps(content()))
    write_gestures(tmp_path, [1, 0], range(150), length=120, fps=10)
    with (tmp_path / LABELS).open() as file:
        rows = list(csv.DictReader(file))
    ends = {name: [float(r["end"]) for r in rows if r["video"] == name] for name in
            ("clip_0000.mp4", "clip_0001.mp4")}  # fmt: skip
    assert max(ends["clip_0000.mp4"]) == 12 and max(ends["clip_0001.mp4"]) == 3
    assert all(float(row["start"]) < float(row["end"]) for row in rows)


def test_what_is_generated_is_what_gestures_reads(tmp_path):
    job = Job("gestures", str(tmp_path), num=8, video=4, gestures=True, labels_only=True)
    run_job(job, 1, lambda *_: None)
    taxonomy, videos = read_seen_videos([tmp_path / "train" / EXACT])
    labels = read_label_file(tmp_path / "train" / LABELS)
    assert set(labelled_videos(labels, videos)) == {"clip_0000.mp4", "clip_0001.mp4"}
    assert [len(video.frames) for video in videos] == [4, 4]
    assert videos[0].frame_rate == pytest.approx(10)
    assert not list((tmp_path / "train").glob("*.mp4"))


def test_gestures_need_the_length_of_a_clip(tmp_path):
    with pytest.raises(InputError, match="--gestures makes clips; add --video FRAMES"):
        run_job(Job("gestures", str(tmp_path), num=3, gestures=True), 1, lambda *_: None)
