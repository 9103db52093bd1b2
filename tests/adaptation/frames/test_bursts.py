"""Videos give bursts within a limit, and what of them is damaged is told."""

import av
import numpy as np
import pytest

from surgtools.adaptation.frames.bursts import (
    measure_videos,
    sample_numbers,
    share_frames,
    take_videos,
)
from surgtools.prediction.sources import Source


def write_mjpeg(path, count, damaged):
    """A film of which the packets with these numbers hold junk."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for number in range(count):
            image = np.full((48, 64, 3), 10 + number % 200, np.uint8)
            for packet in stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")):
                if number in damaged:
                    junk = av.Packet(bytes(300))
                    junk.stream, junk.time_base = packet.stream, packet.time_base
                    junk.pts, junk.dts = packet.pts, packet.dts
                    packet = junk
                container.mux(packet)
        container.mux(stream.encode(None))
    return Source(str(path), "video", path.stem)


def test_short_video_is_taken_whole_and_long_one_in_bursts():
    assert sample_numbers(5, 10, 10) == [[0, 1, 2, 3, 4]]
    # 10 fps: a gap of one frame; 9 frames make three bursts from 0 to 97
    assert sample_numbers(100, 10, 9) == [[0, 1, 2], [48, 49, 50], [97, 98, 99]]
    assert sample_numbers(100, 30, 3) == [[0, 3, 6]]


@pytest.mark.parametrize("num_frames", [2, 4, 10, 101])
@pytest.mark.parametrize("budget", [1, 2, 3, 5, 50])
def test_samples_lie_in_the_video_and_within_the_budget(num_frames, budget):
    for fps in (1, 10, 100):
        numbers = sum(sample_numbers(num_frames, fps, budget), [])
        assert 1 <= len(numbers) <= budget
        assert len(set(numbers)) == len(numbers) and max(numbers) < num_frames


def test_frames_are_shared_by_length_with_a_burst_of_each():
    assert share_frames([600, 12, 12], 700) == [600, 12, 12]
    # by length 96, 2 and 2 of 100; the short ones get a burst, the long one what is left
    assert share_frames([600, 12, 12], 100) == [94, 3, 3]
    assert share_frames([50, 50], 3) == [1, 2]
    assert share_frames([50, 50, 50], 1) == [0, 0, 1]
    assert share_frames([], 10) == []


def test_what_is_damaged_is_told(tmp_path):
    half = write_mjpeg(tmp_path / "half.mkv", 10, damaged=range(4, 8))
    none = write_mjpeg(tmp_path / "none.mkv", 4, damaged=range(4))
    good = write_mjpeg(tmp_path / "good.mkv", 5, damaged=())
    problems = []
    videos = measure_videos([half, none, good], problems)
    assert [video.num_frames for video in videos] == [6, 5]
    assert [problem.source for problem in problems] == [half.name, none.name]
    assert problems[0].message == "4 of 10 frames are damaged and left out"
    assert problems[0].bad_frames == 4
    assert "not one frame can be decoded" in problems[1].message


def test_a_video_that_is_cut_off_is_told(tmp_path):
    source = write_mjpeg(tmp_path / "a.mkv", 200, damaged=())
    data = (tmp_path / "a.mkv").read_bytes()
    (tmp_path / "a.mkv").write_bytes(data[: len(data) // 2])
    problems = []
    (video,) = measure_videos([source], problems)
    assert 90 < video.num_frames < 110 and len(problems) == 1
    # of 8 s half is there, up to the length of a packet
    assert problems[0].message == "ends 3.9 s early; the file seems to be cut off"


def test_a_video_without_room_is_told(tmp_path):
    source = write_mjpeg(tmp_path / "a.mkv", 5, damaged=())
    (video,) = measure_videos([source], [])
    problems = []
    frames = take_videos([video], tmp_path / "pool", 2, problems)
    assert [frame.number for frame in frames] == [0, 1] and problems == []
    assert take_videos([video], tmp_path / "pool", 0, problems) == []
    assert problems[0].message == "no frame is taken; raise --max-frames"
