import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import cv2
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction import video_frames
from surgtools.prediction.video import VideoReader
from surgtools.prediction.video_frames import extract_frames, frames_to_video
from surgtools.prediction.video_writer import VideoWriter


def test_frames_and_back(tmp_path):
    path = tmp_path / "v.mp4"
    with VideoWriter(path) as writer:
        for i in range(9):
            writer.write(np.full((48, 64, 3), 20 * i, np.uint8), i / 25)
    frames = extract_frames(path, tmp_path / "frames", stride=3)
    assert [f.name for f in frames] == ["v_000000.jpg", "v_000003.jpg", "v_000006.jpg"]
    assert frames_to_video(tmp_path / "frames", tmp_path / "again.mp4", fps=10) == 3
    with VideoReader(str(tmp_path / "again.mp4")) as reader:
        assert [time_s for _, time_s, _ in reader] == pytest.approx([0, 0.1, 0.2], abs=1e-4)


def test_frames_of_an_address_are_called_after_its_file(tmp_path):
    path = tmp_path / "served" / "v.mp4"
    with VideoWriter(path) as writer:
        writer.write(np.zeros((48, 64, 3), np.uint8))
    handler = partial(SimpleHTTPRequestHandler, directory=path.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        address = f"http://me:secret@127.0.0.1:{server.server_port}/v.mp4?token=1"
        frames = extract_frames(address, tmp_path / "frames")
        with pytest.raises(InputError) as refused:
            extract_frames(address.replace("v.mp4", "w.mp4"), tmp_path / "frames")
        server.shutdown()
        thread.join()
    assert [f.name for f in frames] == ["v_000000.jpg"]
    assert "secret" not in str(refused.value)


def test_an_interrupted_video_leaves_the_one_before(tmp_path, monkeypatch):
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"{number}.png"), np.zeros((16, 16, 3), np.uint8))
    out = tmp_path / "out.mp4"
    frames_to_video(tmp_path, out)
    before, read = out.read_bytes(), video_frames.read_image

    def interrupted(path):
        if path.name == "2.png":
            raise KeyboardInterrupt
        return read(path)

    monkeypatch.setattr(video_frames, "read_image", interrupted)
    with pytest.raises(KeyboardInterrupt):
        frames_to_video(tmp_path, out)
    assert out.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 5


def test_bad_arguments_are_named(tmp_path):
    with pytest.raises(InputError, match="stride 0"):
        extract_frames("v.mp4", tmp_path, 0)
    with pytest.raises(InputError, match="holds no pictures"):
        frames_to_video(tmp_path, tmp_path / "a.mp4")
    with pytest.raises(InputError, match="fps 0"):
        frames_to_video(tmp_path, tmp_path / "a.mp4", 0)


def test_what_macos_leaves_is_passed_over_and_what_cannot_be_read_is_named(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    (tmp_path / "._a.png").write_bytes(b"Mac OS X")
    assert frames_to_video(tmp_path, tmp_path / "out.mp4") == 1
    (tmp_path / "b.heic").touch()
    with pytest.raises(InputError, match=r"b\.heic: \.heic cannot be read"):
        frames_to_video(tmp_path, tmp_path / "out.mp4")
