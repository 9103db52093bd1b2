"""Reading videos out of predictions.json."""

import json

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.gestures.seen_videos import SeenVideo, read_seen_videos


@pytest.fixture
def change(clips, tmp_path):
    """Function of a change of the content of predictions.json to a file that has it."""

    def write(edit):
        content = json.loads((clips / "predictions.json").read_text())
        edit(content)
        path = tmp_path / "changed.json"
        path.write_text(json.dumps(content))
        return path

    return write


def test_scripted_videos_are_read(clips):
    taxonomy, videos = read_seen_videos([clips / "predictions.json"])
    assert taxonomy.classes == ("needle_holder", "tweezers") and len(videos) == 4
    assert videos[0].frame_rate == pytest.approx(10.0)
    assert len(videos[0].moments(5.0)) == len(videos[0].times) // 2
    assert len(videos[0].moments(20.0)) == 2 * len(videos[0].times)


def test_a_single_frame_is_one_moment():
    one = SeenVideo("a", np.zeros(1), np.zeros(1, int), [[]], 1.0)
    assert one.moments(10.0).tolist() == [0] and one.frame_rate == 0


def first(content):
    return next(e for e in content["instance_info"] if e["instances"])["instances"][0]


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (lambda c: c["instance_info"][3].update(time_s=float("nan")), r"time_s: \d+ numbers"),
        (lambda c: c["instance_info"][3].update(time_s="soon"), r"time_s: \d+ numbers"),
        (lambda c: c["instance_info"][3].update(frame_id=3.5), "frame_id a whole number"),
        (lambda c: c["instance_info"][0].update(width=None), "width and height: 2 numbers"),
        (
            lambda c: first(c).update(keypoints=[[1e308, float("nan")]] * 5),
            r"keypoints: \d+ numbers",
        ),
        (lambda c: first(c).update(keypoint_scores=[None] * 5), r"keypoint_scores: \d+ numbers"),
        (lambda c: first(c).update(keypoint_visible=["a"] * 5), "keypoint_visible: \\d+ numbers"),
        (lambda c: first(c).update(bbox=[1, 2]), "bbox: 4 numbers below 1e9 are expected"),
        (lambda c: first(c).update(bbox_score="high"), "bbox_score: 1 number"),
        (lambda c: first(c).update(track_id="left"), "track_id is 'left'"),
        (lambda c: [e.update(video=3) for e in c["instance_info"]], "video is a name"),
        (lambda c: c.update(instance_info=[]), "holds no frame of a video"),
        (lambda c: c.pop("meta_info"), "is no predictions.json"),
        (lambda c: c["instance_info"][0].update(time_s=None), "has frames without a time"),
        (lambda c: c["instance_info"][1].update(time_s=0.0), "two frames have the same time"),
        (
            lambda c: c["instance_info"][9]["instances"][0].update(keypoints=[]),
            "frame 9 has 0 keypoints, needle_holder has 5",
        ),
        (lambda c: c["instance_info"][9]["instances"][0].pop("bbox"), "'bbox' is missing"),
    ],
)
def test_other_files_are_refused(change, edit, told):
    path = change(edit)
    with pytest.raises(InputError, match=told):
        read_seen_videos([path])


def test_the_same_video_twice_is_refused(clips):
    path = clips / "predictions.json"
    with pytest.raises(InputError, match="scripted_000.mp4 is in another of the files"):
        read_seen_videos([path, path])


def test_categories_that_were_not_learnt_are_refused(clips, change):
    taxonomy, _ = read_seen_videos([clips / "predictions.json"])

    def rename(content):
        content["meta_info"]["categories"][1]["name"] = "scissors"
        for frame in content["instance_info"]:
            frame["instances"] = []

    with pytest.raises(InputError, match="has the category scissors"):
        read_seen_videos([change(rename)], taxonomy)
