import csv
import json
import re
from pathlib import PurePosixPath

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.spatial.measured_tracks import read_tracks, tip_distances
from surgtools.spatial.measures_page import (
    short_names,
    title_of,
    write_measures_page,
    write_measures_table,
    write_over_time_table,
)
from surgtools.taxonomy import SURGICAL


def predictions(in_space: bool = True, tracked: bool = True) -> dict:
    """Two tweezers for two seconds: one at rest, one that goes 100 mm/s to the right."""
    frames = []
    for n in range(50):
        instances = []
        for track_id, speed in ((1, 0.0), (2, 100.0)):
            x = speed * n / 25
            spatial = {"opening_shown_deg": 12.0, "gap_per_length": 0.1}
            if in_space:
                tips = {"left_tip": [x, 50.0 * track_id, 500.0]}
                tips["right_tip"] = [x + 10, 50.0 * track_id, 500.0]
                spatial |= {"opening_deg": 10.0 + n / 50, "gap_mm": 10.0, "tips_mm": tips}
                spreads = {"left_tip": np.diag([1, 1, 9.0]), "right_tip": np.diag([1, 1, 16.0])}
                spatial["covariance_mm2"] = {k: v.tolist() for k, v in spreads.items()}
            keypoints = [[x, 0], [x, 1], [x, 20.0 * track_id], [x + 5, 1], [x + 5, 20.0]]
            instances.append(
                {
                    "category_name": "tweezers",
                    "track_id": track_id if tracked else None,
                    "keypoints": keypoints,
                    "spatial": spatial,
                }
            )
        frames.append({"video": "a.mp4", "frame_id": n, "time_s": n / 25, "instances": instances})
    meta = {"categories": SURGICAL.to_coco_categories()}
    return {"meta_info": meta, "instance_info": frames}


def write(tmp_path, content):
    (tmp_path / "p.json").write_text(json.dumps(content))
    return tmp_path / "p.json"


def test_tracks_have_their_path_speed_and_opening(tmp_path):
    still, moving = (track.summary() for track in read_tracks(write(tmp_path, predictions())))
    assert still["unit"] == "mm" and still["path_left_tip"] == 0 == still["time_in_hand_s"]
    assert moving["path_middle"] == pytest.approx(196.0)
    assert moving["speed_mean"] == moving["speed_max"] == 100.0
    assert moving["time_in_hand_s"] == pytest.approx(1.96, abs=0.05)
    assert moving["opening_max_deg"] == pytest.approx(10.98)
    assert moving["tip_std_median"] == 4.0  # the worse tip, along the line of sight
    assert still["spectral_arc_length"] is None


def test_distance_is_that_of_the_nearest_tips(tmp_path):
    one, other = read_tracks(write(tmp_path, predictions()))
    times, apart = tip_distances(one, other)
    assert len(times) == 50
    assert apart[0] == pytest.approx(50) and apart[-1] == pytest.approx(np.hypot(186, 50))


def test_without_millimeters_lengths_are_pixels(tmp_path):
    still, moving = read_tracks(write(tmp_path, predictions(in_space=False)))
    assert moving.summary()["unit"] == "px"
    assert moving.summary()["opening_mean_deg"] == 12.0
    assert moving.summary()["tip_std_median"] is None
    assert moving.tips["left_tip"].shape == (50, 2)


def half_in_space() -> dict:
    """The second instrument has no millimeters."""
    content = predictions()
    for frame in content["instance_info"]:
        frame["instances"][1]["spatial"] = {"opening_shown_deg": 12.0, "gap_per_length": 0.1}
    return content


def test_an_instrument_without_millimeters_is_kept_in_pixels(tmp_path):
    still, moving = read_tracks(write(tmp_path, half_in_space()))
    assert (still.unit, moving.unit) == ("mm", "px")
    assert moving.tips["left_tip"].shape == (50, 2) and len(still.times) == 50
    assert moving.summary()["opening_mean_deg"] == 12.0


def test_lengths_of_two_units_are_not_mixed(tmp_path):
    tracks = read_tracks(write(tmp_path, half_in_space()))
    write_over_time_table(tmp_path / "over.csv", tracks)
    with (tmp_path / "over.csv").open() as file:
        assert {row["nearest_tip"] for row in csv.DictReader(file)} == {""}
    write_measures_page(tmp_path / "m.html", tracks, "Measures")
    page = (tmp_path / "m.html").read_text()
    for title in ("Tracks, in mm", "Tracks, in px", "a.mp4, in mm", "a.mp4, in px"):
        assert f">{title}<" in page
    assert page.count("<svg") == 8


def with_jaws(content: dict) -> dict:
    tweezers = content["meta_info"]["categories"][1]
    tweezers["keypoints"] = [name.replace("tip", "jaw") for name in tweezers["keypoints"]]
    return content


def test_an_instrument_without_tips_is_told(tmp_path):
    content = with_jaws(predictions(in_space=False))
    line = "tweezers is left out: no keypoint of it is called tip or ..._tip, it has handle_end, "
    with pytest.raises(InputError, match=line):
        read_tracks(write(tmp_path, content))
    for frame in content["instance_info"]:
        frame["instances"][0]["category_name"] = "needle_holder"
    told = []
    (track,) = read_tracks(write(tmp_path, content), told.append)
    assert track.category == "needle_holder" and len(told) == 1
    assert told[0].endswith("rename its tips in the taxonomy and predict again")


def test_tips_in_space_may_have_any_name(tmp_path):
    content = with_jaws(predictions())
    for frame in content["instance_info"]:
        for entry in frame["instances"]:
            tips = entry["spatial"]["tips_mm"]
            entry["spatial"]["tips_mm"] = {k.replace("tip", "jaw"): v for k, v in tips.items()}
    assert list(read_tracks(write(tmp_path, content))[0].tips) == ["left_jaw", "right_jaw"]


def test_what_holds_no_track_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="holds no track .* without --no-track"):
        read_tracks(write(tmp_path, predictions(tracked=False)))
    meta = {"categories": SURGICAL.to_coco_categories()}
    with pytest.raises(InputError, match="tips; triangulate predictions of videos"):
        read_tracks(write(tmp_path, {"meta_info": meta, "moments": []}))
    for content in ([], {}, {"instance_info": 3}):
        with pytest.raises(InputError, match="is neither predictions.json of predict nor space"):
            read_tracks(write(tmp_path, content))


def spoil(what, value):
    content = predictions()
    entry = content["instance_info"][5]["instances"][1]
    holder = {"time_s": content["instance_info"][5], "opening_deg": entry["spatial"]}
    holder.get(what, entry["spatial"]["tips_mm"])[what] = value
    return content


@pytest.mark.parametrize(
    "what, value, message",
    [
        ("time_s", float("nan"), "a.mp4: tweezers 1: time_s at nan s: 1 number below 1e9 is"),
        ("time_s", "late", "a.mp4: tweezers 1: time_s at late s: 1 number"),
        ("time_s", 0.16, "a.mp4: tweezers 1: is there twice at 0.16 s"),
        ("opening_deg", "wide", "tweezers 2: opening at 0.2 s: 1 number"),
        ("left_tip", [1.0, float("nan"), 2.0], "tweezers 2: left_tip at 0.2 s: 3 numbers below"),
        ("left_tip", None, "tweezers 2: left_tip at 0.2 s: 3 numbers below"),
        ("left_tip", [1.0, 2.0], "tweezers 2: left_tip at 0.2 s: 3 numbers below"),
        ("tip", [1.0, 2.0, 3.0], "tweezers 2: has the tips left_tip, right_tip, tip at 0.2 s"),
    ],
)
def test_broken_numbers_are_one_line_that_says_where(tmp_path, what, value, message):
    with pytest.raises(InputError, match=message):
        read_tracks(write(tmp_path, spoil(what, value)))


def test_a_track_is_there_once_a_frame(tmp_path):
    content = predictions(in_space=False)
    instances = content["instance_info"][5]["instances"]
    instances.append(instances[0])
    with pytest.raises(InputError, match="tweezers 1: is there twice at 0.2 s; each track is"):
        read_tracks(write(tmp_path, content))


def test_rows_out_of_order_are_the_same_track(tmp_path):
    content = predictions()
    _, straight = (track.summary() for track in read_tracks(write(tmp_path, content)))
    content["instance_info"].reverse()
    _, turned = (track.summary() for track in read_tracks(write(tmp_path, content)))
    assert turned == straight


@pytest.mark.parametrize("in_space", [True, False])
def test_tables_and_page_are_written(tmp_path, in_space):
    tracks = read_tracks(write(tmp_path, predictions(in_space)))
    write_measures_table(tmp_path / "tracks.csv", tracks)
    write_over_time_table(tmp_path / "over.csv", tracks)
    write_measures_page(tmp_path / "m.html", tracks, "Measures")
    with (tmp_path / "tracks.csv").open() as file:
        assert [row["track_id"] for row in csv.DictReader(file)] == ["1", "2"]
    with (tmp_path / "over.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 100 and float(rows[9]["nearest_tip"]) > 0
    units = {(row["unit"], row["gap_unit"]) for row in (*rows, tracks[0].summary())}
    assert units == {("mm", "mm") if in_space else ("px", "length")}
    page = (tmp_path / "m.html").read_text()
    assert page.count("<svg") == 5
    assert ("The file has no millimeters of these" in page) != in_space
    assert ("tips ±, mm" in page) == in_space
    assert page.count("<td>a.mp4</td>") == 2 and "<td>tweezers 2</td>" in page


def test_a_gap_of_a_long_track_breaks_its_lines(tmp_path):
    content, frames = predictions(in_space=False), []
    for n in [*range(3001), *range(3501, 6001)]:  # more than is drawn
        frames.append({**content["instance_info"][n % 50], "frame_id": n, "time_s": n / 25})
        frames[-1]["instances"] = frames[-1]["instances"][1:]
    tracks = read_tracks(write(tmp_path, {**content, "instance_info": frames}))
    write_measures_page(tmp_path / "m.html", tracks, "Measures")
    page = (tmp_path / "m.html").read_text()
    lines = re.findall(r'<path d="([^"]*)"[^>]*stroke: #d1495b', page)
    assert sum(line.count("M") == 2 for line in lines) == page.count("<svg") == 4


def test_videos_are_told_apart_by_the_ends_of_their_paths():
    assert short_names(["/d/a/x.mp4", "/d/b/x.mp4", "/d/a/y.mp4"]) == {
        "/d/a/x.mp4": "a/x.mp4",
        "/d/b/x.mp4": "b/x.mp4",
        "/d/a/y.mp4": "y.mp4",
    }
    assert short_names(["rig", "rig"]) == {"rig": "rig"}


def test_a_page_does_not_say_where_its_file_lies_on_this_machine():
    assert title_of(PurePosixPath("/home/ann/found/predictions.json")) == (
        "Measures of found/predictions.json"
    )
    assert title_of(PurePosixPath("out/a/space.json")) == "Measures of out/a/space.json"
