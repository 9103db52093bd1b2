from fractions import Fraction

import av
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.video import VideoReader
from surgtools.prediction.video_writer import VideoWriter


def grey(level: int, width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, 3), level, np.uint8)


def write(path, times, **size):
    with VideoWriter(path) as writer:
        for i, time_s in enumerate(times):
            writer.write(grey(20 * i % 256, **size), time_s)
    return path


def test_variable_frame_times_survive_a_round_trip(tmp_path):
    times = [0.0, 0.04, 0.2, 0.21, 1.0]
    with VideoReader(str(write(tmp_path / "v.mp4", times))) as reader:
        frames = list(reader)
    assert [frame_id for frame_id, _, _ in frames] == [0, 1, 2, 3, 4]
    assert [time_s for _, time_s, _ in frames] == pytest.approx(times, abs=1e-4)
    assert [int(image.mean()) for _, _, image in frames] == pytest.approx(
        [0, 20, 40, 60, 80], abs=3
    )


def test_output_is_h264_yuv420p_with_its_index_in_front(tmp_path):
    path = write(tmp_path / "v.mp4", [0, 0.04])
    with av.open(str(path)) as container:
        codec = container.streams.video[0].codec_context
        assert (codec.name, codec.pix_fmt) == ("h264", "yuv420p")
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_odd_sides_are_padded_by_one_pixel(tmp_path):
    path = write(tmp_path / "v.mp4", [0, 0.04], width=65, height=49)
    with VideoReader(str(path)) as reader:
        assert next(iter(reader))[2].shape == (50, 66, 3)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_display_rotation_is_applied(tmp_path, degrees):
    image = grey(0)
    image[:8, :8] = 255  # top left
    path = encode(tmp_path / "r.mp4", [image] * 3)
    path.write_bytes(_with_rotation(path.read_bytes(), degrees))
    with VideoReader(str(path)) as reader:
        shown = next(iter(reader))[2]
    # the matrix turns the picture clockwise: its top left corner goes top right, and so on
    corner = {90: (4, -4), 180: (-4, -4), 270: (-4, 4)}[degrees]
    assert shown.shape[:2] == ((48, 64) if degrees == 180 else (64, 48))
    assert shown[corner].min() > 200
    assert shown.mean() < 30


def test_a_mirrored_film_is_shown_as_players_show_it(tmp_path):
    image = grey(0)
    image[:8, :8] = 255  # top left
    path = encode(tmp_path / "m.mp4", [image] * 3)
    path.write_bytes(_with_matrix(path.read_bytes(), (-1, 0, 0, 1)))
    with VideoReader(str(path)) as reader:
        shown = next(iter(reader))[2]
    assert shown[4, -4].min() > 200 and shown[4, 4].max() < 30


def encode(path, images, codec="libx264", rate=25, **options):
    with av.open(str(path), "w", **options) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p" if codec == "libx264" else "yuvj420p"
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def test_raw_h264_has_no_times_and_starts_at_0(tmp_path):
    path = encode(tmp_path / "d.h264", [grey(10 * i) for i in range(5)], format="h264")
    with VideoReader(str(path)) as reader:
        assert [time_s for _, time_s, _ in reader] == pytest.approx([0, 0.04, 0.08, 0.12, 0.16])


@pytest.mark.parametrize("name", ["late.ts", "late.mkv"])
def test_a_file_that_starts_at_ten_hours_starts_at_0_and_counts_its_frames(tmp_path, name):
    path = tmp_path / name
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for i in range(25):
            frame = av.VideoFrame.from_ndarray(grey(10 * i), format="bgr24")
            frame.pts, frame.time_base = 36_000 * 25 + i, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    with VideoReader(str(path)) as reader:
        assert reader.num_frames == 25
        assert [time_s for _, time_s, _ in reader] == pytest.approx([i / 25 for i in range(25)])
        assert reader.missing_s == 0


def test_a_cover_picture_is_not_taken_for_the_film(tmp_path):
    """The larger picture is the cover; a player shows the film."""
    path = tmp_path / "c.mp4"
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 128, 96, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        film = container.add_stream("libx264", rate=25)
        film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        frame = av.VideoFrame.from_ndarray(grey(200, 128, 96), format="bgr24")
        container.mux(cover.encode(frame) + cover.encode(None))
        for i in range(3):
            frame = av.VideoFrame.from_ndarray(grey(10 * i), format="bgr24")
            container.mux(film.encode(frame))
        container.mux(film.encode(None))
    with VideoReader(str(path)) as reader:
        assert [image.shape for _, _, image in reader] == [(48, 64, 3)] * 3


def test_a_text_is_no_video(tmp_path):
    (tmp_path / "notes.txt").write_text("one line\n" * 50)
    with pytest.raises(InputError, match=r"notes\.txt: is a text; give a video"):
        VideoReader(str(tmp_path / "notes.txt"))


def test_a_colon_in_a_name_is_no_protocol(tmp_path, monkeypatch):
    write(tmp_path / "v.mp4", [0, 0.04]).rename(tmp_path / "12:30.mp4")
    monkeypatch.chdir(tmp_path)
    with VideoReader("12:30.mp4") as reader:
        assert len(list(reader)) == 2


@pytest.mark.parametrize("rate", [240, 1000, 10_000])
def test_high_speed_cameras_have_their_rate(tmp_path, rate):
    path = encode(tmp_path / "fast.mkv", [grey(i) for i in range(5)], "mjpeg", rate)
    with VideoReader(str(path)) as reader:
        assert reader.fps == pytest.approx(rate, rel=0.1)


@pytest.mark.parametrize("name", ["v.mp4", "v.ts", "v.mkv"])
def test_damage_anywhere_is_an_input_error_or_costs_frames(tmp_path, name):
    whole = encode(tmp_path / name, [grey(20 * i) for i in range(10)]).read_bytes()
    rng = np.random.default_rng(0)
    for turn in range(60):
        data = bytearray(whole[: rng.integers(len(whole))] if turn % 3 == 0 else whole)
        for at in rng.integers(0, max(1, min(len(data), 800)), rng.integers(1, 30)):
            data[at : at + 1] = bytes([rng.integers(256)])
        path = tmp_path / f"damaged_{name}"
        path.write_bytes(data)
        try:
            with VideoReader(str(path)) as reader:
                times = [time_s for _, time_s, _ in reader]
        except InputError as error:
            assert "\n" not in str(error)
            continue
        assert times == sorted(times) and len(set(times)) == len(times)


def _with_rotation(data: bytes, clockwise: int) -> bytes:
    cos = {90: 0, 180: -1, 270: 0}[clockwise]
    sin = {90: 1, 180: 0, 270: -1}[clockwise]
    return _with_matrix(data, (cos, sin, -sin, cos))


def _with_matrix(data: bytes, abcd: tuple[int, ...]) -> bytes:
    """Write a display matrix into the track header of an mp4, as phones do."""
    a, b, c, d = (value << 16 for value in abcd)
    at = data.index(b"tkhd") + 4 + 40  # version 0: the matrix follows 40 bytes of fields
    fixed = [a, b, 0, c, d, 0, 0, 0, 1 << 30]
    matrix = b"".join((value & 0xFFFFFFFF).to_bytes(4, "big") for value in fixed)
    return data[:at] + matrix + data[at + 36 :]


def test_damaged_packets_are_counted_and_the_rest_is_read(tmp_path):
    path = tmp_path / "d.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for i in range(10):
            for packet in stream.encode(av.VideoFrame.from_ndarray(grey(20 * i), format="bgr24")):
                container.mux(_junk_like(packet) if i == 4 else packet)
        container.mux(stream.encode(None))
    with VideoReader(str(path)) as reader:
        levels = [round(image.mean() / 20) for _, _, image in reader]
    assert levels == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert reader.bad_frames == 1


def _junk_like(packet: av.Packet) -> av.Packet:
    junk = av.Packet(bytes(300))
    junk.stream, junk.time_base = packet.stream, packet.time_base
    junk.pts, junk.dts = packet.pts, packet.dts
    return junk


def test_a_video_without_its_index_is_an_input_error(tmp_path):
    whole = write(tmp_path / "v.mp4", [i / 25 for i in range(20)]).read_bytes()
    path = tmp_path / "t.mp4"
    path.write_bytes(whole[:30])
    with pytest.raises(InputError, match=r"t\.mp4: no video that FFmpeg can open"):
        VideoReader(str(path))


def test_what_is_missing_and_a_folder_are_not_sent_to_be_encoded_again(tmp_path):
    with pytest.raises(InputError, match=r"x\.mp4: no such file; check the path"):
        VideoReader(str(tmp_path / "x.mp4"))
    with pytest.raises(InputError, match="is a folder; give a video"):
        VideoReader(str(tmp_path))
