import json
from pathlib import Path

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.spatial.view_files import read_view, same_moments, uncovered
from surgtools.taxonomy import SURGICAL


def write(path: Path, times=(), names=(), size=(960, 544)) -> Path:
    category = SURGICAL.get(1)
    instance = {
        "category_id": 1,
        "category_name": category.name,
        "bbox": [0, 0, 9, 9],
        "bbox_score": 0.9,
        "keypoints": np.arange(10.0).reshape(5, 2).tolist(),
        "keypoint_scores": [1, 1, 1, 1, 0.5],
        "keypoint_visible": [1, 1, 1, 0, 1],
        "track_id": None,
    }
    frames = [
        {"video": "a.mp4", "frame_id": i, "time_s": t, "instances": [instance]}
        for i, t in enumerate(times)
    ]
    frames += [{"image": f"cam/{name}.jpg", "instances": [instance]} for name in names]
    for frame in frames:
        frame |= {"width": size[0], "height": size[1]}
    meta = {"categories": SURGICAL.to_coco_categories()}
    path.write_text(json.dumps({"meta_info": meta, "instance_info": frames}))
    return path


def test_a_file_gives_what_was_seen_with_its_certainty(tmp_path, camera):
    view = read_view(write(tmp_path / "a.json", times=[0.0]), camera)
    (seen,) = view.moments[0].instances
    np.testing.assert_allclose(seen.weights, [1, 1, 1, 0.2, 0.5])
    assert seen.category.name == "needle_holder" and view.is_video


def test_what_lies_at_the_border_is_hardly_known(tmp_path, camera):
    path = write(tmp_path / "a.json", names=["x"])
    content = json.loads(path.read_text())
    (instance,) = content["instance_info"][0]["instances"]
    instance["keypoints"] = [[300, 200], [300, 400], [958, 200], [500, 400], [700, 200]]
    instance["keypoint_scores"], instance["keypoint_visible"] = [1] * 5, [1] * 5
    path.write_text(json.dumps(content))
    (seen,) = read_view(path, camera).moments[0].instances
    size = np.hypot(658, 200)
    np.testing.assert_allclose(seen.noise, size * np.array([0.014, 0.014, 0.3, 0.014, 0.014]))
    np.testing.assert_allclose(seen.swapped(np.array([0, 3, 4, 1, 2])).noise[4], 0.3 * size)


def test_videos_of_two_frame_rates_meet_at_the_nearest_frame(tmp_path, camera):
    slow = read_view(write(tmp_path / "a.json", times=np.arange(5) / 25), camera)
    fast = read_view(write(tmp_path / "b.json", times=np.arange(12) / 50 + 0.003), camera)
    rows = same_moments([slow, fast])
    assert [row[1].name for row in rows] == ["0", "2", "4", "6", "8"]


def test_pictures_meet_by_name(tmp_path, camera):
    one = read_view(write(tmp_path / "a.json", names=["x", "y"]), camera)
    other = read_view(write(tmp_path / "b.json", names=["y", "z"]), camera)
    rows = same_moments([one, other])
    assert [row[1] and row[1].name for row in rows] == [None, "y"]


def test_pictures_of_one_name_meet_by_their_folders(tmp_path, camera):
    one = read_view(write(tmp_path / "a.json", names=["s1/000", "s2/000"]), camera)
    other = read_view(write(tmp_path / "b.json", names=["s2/000", "s1/000"]), camera)
    rows = same_moments([one, other])
    assert [[moment.name for moment in row] for row in rows] == [["s1/000"] * 2, ["s2/000"] * 2]


def test_pictures_whose_folders_do_not_tell_them_apart_are_refused(tmp_path, camera):
    one = read_view(write(tmp_path / "a.json", names=["a/000", "b/000"]), camera)
    other = read_view(write(tmp_path / "b.json", names=["c/000", "d/000"]), camera)
    with pytest.raises(
        InputError, match="share 0 of 2 and 2 names of pictures with their folders"
    ):
        same_moments([one, other])


def test_views_that_share_no_moments_are_one_clear_line(tmp_path, camera):
    one = read_view(write(tmp_path / "a.json", times=np.arange(9) / 25), camera)
    late = read_view(write(tmp_path / "b.json", times=np.arange(9) / 25 + 60), camera)
    with pytest.raises(InputError, match="share 0 of 9 and 9 times; views must be synchronized"):
        same_moments([one, late])
    pictures = read_view(write(tmp_path / "c.json", names=["x"]), camera)
    with pytest.raises(InputError, match="one is of a video, one of pictures"):
        same_moments([one, pictures])


@pytest.mark.parametrize("text", ["[]", "{}", '{"meta_info": {}, "instance_info": []}'])
def test_another_file_is_refused(tmp_path, camera, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError, match=r"a\.json: is no predictions\.json"):
        read_view(tmp_path / "a.json", camera)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("keypoints", [[0, 1], [2], [3, 4], [5, 6], [7, 8]], "keypoints: 10 numbers below 1e9"),
        ("keypoints", [["left", 1]] * 5, "keypoints: 10 numbers below 1e9"),
        ("keypoints", [[float("nan"), 1.0]] * 5, "keypoints: 10 numbers below 1e9"),
        ("keypoints", [[1e250, 1.0]] * 5, "keypoints: 10 numbers below 1e9"),
        ("keypoints", [[0, 1]] * 4, "keypoints: 10 numbers below 1e9"),
        ("keypoint_scores", [0.5], "keypoint_scores: 5 numbers below 1e9"),
        ("keypoint_visible", [1, 1, 1, 1, None], "keypoint_visible: 5 numbers below 1e9"),
    ],
)
def test_an_instance_with_broken_numbers_is_one_clear_line(tmp_path, camera, key, value, message):
    path = write(tmp_path / "a.json", times=[0.0])
    content = json.loads(path.read_text())
    content["instance_info"][0]["instances"][0][key] = value
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"a\.json: a\.mp4: frame 0: {message} are expected"):
        read_view(path, camera)


def test_a_time_that_is_no_number_is_one_clear_line(tmp_path, camera):
    path = write(tmp_path / "a.json", times=["soon"])
    with pytest.raises(InputError, match="frame 0: time_s: 1 number below 1e9 is expected"):
        read_view(path, camera)


def test_an_instance_without_keypoints_is_left_out(tmp_path, camera):
    path = write(tmp_path / "a.json", names=["x"])
    content = json.loads(path.read_text())
    content["instance_info"][0]["instances"][0]["keypoints"] = []
    path.write_text(json.dumps(content))
    assert read_view(path, camera).moments[0].instances == []


def test_pictures_of_another_size_are_refused(tmp_path, camera):
    path = write(tmp_path / "a.json", times=[0.0], size=(640, 480))
    with pytest.raises(InputError, match="is 640x480, the camera file is for 960x544"):
        read_view(path, camera)


def test_a_frame_of_a_slow_video_is_used_once(tmp_path, camera):
    fast = read_view(write(tmp_path / "a.json", times=np.arange(10) / 50), camera)
    slow = read_view(write(tmp_path / "b.json", times=np.arange(5) / 25), camera)
    rows = same_moments([fast, slow])
    assert [row[1] and row[1].name for row in rows] == [
        *("0", None, "1", None, "2", None, "3", None, "4", None)
    ]


def test_a_view_that_ends_early_is_told_of(tmp_path, camera):
    long = read_view(write(tmp_path / "a.json", times=np.arange(100) / 10), camera)
    short = read_view(write(tmp_path / "b.json", times=np.arange(40) / 10), camera)
    assert uncovered([long, long]) == []
    (line,) = uncovered([long, short])
    assert line.endswith("b.json: ends at 3.9 s, " + str(long.path) + " at 9.9 s; later moments "
                         "lack this view")  # fmt: skip
    some = read_view(write(tmp_path / "c.json", names="xyz"), camera)
    one = read_view(write(tmp_path / "d.json", names="x"), camera)
    (line,) = uncovered([one, some])
    assert "d.json: has 1 pictures" in line and "c.json has 3; the others lack this view" in line


def test_frames_of_a_video_are_read_in_the_order_of_their_times(tmp_path, camera):
    times = np.arange(4) / 25
    view = read_view(write(tmp_path / "a.json", times=times[::-1]), camera)
    other = read_view(write(tmp_path / "b.json", times=times), camera)
    rows = same_moments([view, other])
    assert [(one.name, two.name) for one, two in rows] == [
        *(("3", "0"), ("2", "1"), ("1", "2"), ("0", "3"))
    ]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([0.0, 0.04, None, 0.12], "a.json: frame 2 has no time; predict on a video file"),
        ([0.0, 0.04, 0.08, 0.04], "a.json: frames 1 and 3 have the same time; predict again"),
    ],
)
def test_a_frame_of_a_video_has_a_time_of_its_own(tmp_path, camera, times, message):
    with pytest.raises(InputError, match=message):
        read_view(write(tmp_path / "a.json", times=times), camera)
