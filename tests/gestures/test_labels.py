"""Label files, good and bad."""

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.gestures.labels import frame_labels, labelled_videos, read_label_file
from surgtools.gestures.seen_videos import SeenVideo


def write(folder, text):
    path = folder / "labels.csv"
    path.write_text(text)
    return path


def video(name="clips/a.mp4", count=20):
    return SeenVideo(name, np.arange(count) / 10, np.arange(count), [[]] * count, 100.0)


HEAD = "video,start,end,label\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("video,start,end\na,0,1\n", "line 1 has no column video or no column label"),
        (HEAD, "holds no row"),
        (HEAD + "a,0,1,\n", "line 2: label is empty"),
        (HEAD + "a,0,x,tie\n", "line 2: end is 'x'; a number from 0 on"),
        (HEAD + "a,-1,1,tie\n", "line 2: start is '-1'; a number from 0 on"),
        (HEAD + "a,2,1,tie\n", "line 2: starts at 2 and ends at 1; the end must come after"),
        (HEAD + "a,1,1,tie\n", "line 2: starts at 1 and ends at 1; the end must come after"),
        (HEAD + "a,0,2,tie\na,1,3,cut\n", "lines 2 and 3: tie and cut of a overlap"),
        (HEAD + "a,0,2,tie\na,,,cut\n", "line 3: start is ''; a number from 0 on"),
        ("video,label\na,good\na,bad\n", "line 3: a has two labels"),
        ("video,start,end,label,Label\na,0,1,tie,cut\n", "line 1 has two columns label"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, text, told):
    with pytest.raises(InputError) as caught:
        read_label_file(write(tmp_path, text))
    assert told in str(caught.value) and "labels.csv" in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_label_file(tmp_path / "labels.csv")


@pytest.mark.parametrize(
    ("unit", "rows"), [("seconds", "a,0.5,1.2,tie"), ("frames", "a,5,12,tie")]
)
def test_a_gesture_ends_just_before_its_end(tmp_path, unit, rows):
    labels = read_label_file(write(tmp_path, HEAD + rows + "\n"), unit)
    told = frame_labels(labels, "a", video(), 10.0)
    assert told == ["none"] * 5 + ["tie"] * 7 + ["none"] * 8


@pytest.mark.parametrize("sign", [";", "\t"])
def test_a_spreadsheet_may_write_semicolons_and_decimal_commas(tmp_path, sign):
    rows = "video,start,end,label\r\na,0.5,1.2,tie\r\n".replace(",", sign).replace(".", ",")
    (tmp_path / "labels.csv").write_bytes(b"\xef\xbb\xbf" + rows.encode())
    (segment,) = read_label_file(tmp_path / "labels.csv").segments["a"]
    assert (segment.start, segment.end, segment.label) == (0.5, 1.2, "tie")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_spreadsheet_in_another_encoding_is_named_as_such(tmp_path, encoding):
    (tmp_path / "labels.csv").write_bytes((HEAD + "a,0,1,n\xe4hen\n").encode(encoding))
    with pytest.raises(InputError, match="labels.csv: is no text in UTF-8; save it as such"):
        read_label_file(tmp_path / "labels.csv")


def test_gestures_may_touch_and_stand_in_any_order(tmp_path):
    labels = read_label_file(write(tmp_path, HEAD + "a,1,2,cut\na,0,1,tie\n"))
    assert frame_labels(labels, "a", video(), 10.0) == ["tie"] * 10 + ["cut"] * 10
    assert labels.labels == ["cut", "tie"]


def test_one_label_for_a_whole_video(tmp_path):
    labels = read_label_file(write(tmp_path, "video,label\na,good\n"))
    assert labels.whole and set(frame_labels(labels, "a", video(), 10.0)) == {"good"}
    timed = write(tmp_path, HEAD + "a,0,1,good\n")
    assert read_label_file(timed, whole=True).whole


def test_a_start_after_the_end_of_the_video_is_refused(tmp_path):
    labels = read_label_file(write(tmp_path, HEAD + "a,5,12,tie\n"))
    with pytest.raises(InputError, match="line 2: tie starts at 5, but a has 2 seconds; check"):
        frame_labels(labels, "a", video(), 10.0)


def test_an_end_long_after_that_of_the_video_is_refused(tmp_path):
    labels = read_label_file(write(tmp_path, HEAD + "a,0,2.9,tie\n"))  # a player may round up
    assert frame_labels(labels, "a", video(), 10.0) == ["tie"] * 20
    for unit, row in (("seconds", "a,0,20,tie"), ("frames", "a,0,31,tie")):
        labels = read_label_file(write(tmp_path, HEAD + row + "\n"), unit)
        with pytest.raises(InputError, match=f"line 2: tie ends at .*, but a has 20? {unit}"):
            frame_labels(labels, "a", video(), 10.0)


def test_seconds_are_no_frames(tmp_path):
    path = write(tmp_path, HEAD + "a,0,1.0,tie\na,1.5,2,cut\n")
    with pytest.raises(InputError, match="line 3: start is 1.5; frames are whole numbers, check"):
        read_label_file(path, "frames")


def test_videos_are_found_without_folder_and_ending(tmp_path):
    labels = read_label_file(write(tmp_path, HEAD + "a,0,1,tie\n"))
    own = video()
    assert labelled_videos(labels, [own])["a"] is own
    with pytest.raises(InputError, match="a may be x/a.mp4 or y/a.mp4"):
        labelled_videos(labels, [video("x/a.mp4"), video("y/a.mp4")])
    with pytest.raises(InputError, match="a is not in the predictions"):
        labelled_videos(labels, [video("b.mp4")])
    dotted = read_label_file(write(tmp_path, HEAD + "case.01,0,1,tie\n"))
    own = video("v/case.01.mp4")
    assert labelled_videos(dotted, [own])["case.01"] is own
    with pytest.raises(InputError, match="case.01 is not in the predictions"):
        labelled_videos(dotted, [video("v/case.mp4")])
    own = video()
    twice = read_label_file(write(tmp_path, HEAD + "a,0,1,tie\na.mp4,1,2,tie\n"))
    with pytest.raises(InputError, match="is there under two names"):
        labelled_videos(twice, [own])
