import av
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.video import VideoReader, VideoWriter


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
    path = tmp_path / "r.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    path.write_bytes(_with_rotation(path.read_bytes(), degrees))
    with VideoReader(str(path)) as reader:
        shown = next(iter(reader))[2]
    # the matrix turns the picture clockwise: its top left corner goes top right, and so on
    corner = {90: (4, -4), 180: (-4, -4), 270: (-4, 4)}[degrees]
    assert shown.shape[:2] == ((48, 64) if degrees == 180 else (64, 48))
    assert shown[corner].min() > 200
    assert shown.mean() < 30


def _with_rotation(data: bytes, clockwise: int) -> bytes:
    """Write a display matrix into the track header of an mp4, as phones do."""
    cos = {90: 0, 180: -1, 270: 0}[clockwise]
    sin = {90: 1, 180: 0, 270: -1}[clockwise]
    at = data.index(b"tkhd") + 4 + 40  # version 0: the matrix follows 40 bytes of fields
    fixed = [cos << 16, sin << 16, 0, -sin << 16, cos << 16, 0, 0, 0, 1 << 30]
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


def test_writer_left_by_an_error_leaves_no_file(tmp_path):
    with pytest.raises(ZeroDivisionError), VideoWriter(tmp_path / "v.mp4") as writer:
        writer.write(grey(10))
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


def test_writer_left_by_ctrl_c_leaves_a_playable_file(tmp_path):
    with pytest.raises(KeyboardInterrupt), VideoWriter(tmp_path / "v.mp4") as writer:
        writer.write(grey(10))
        writer.write(grey(20))
        raise KeyboardInterrupt
    with VideoReader(str(tmp_path / "v.mp4")) as reader:
        assert sum(1 for _ in reader) == 2


def test_writer_without_frames_makes_nothing(tmp_path):
    with VideoWriter(tmp_path / "v.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []
