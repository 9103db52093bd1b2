"""Whatever a decoder makes of one source, the others are read."""

import http.server
import threading

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction import frame_reader
from surgtools.prediction.frame_reader import explain, read_frames
from surgtools.prediction.sources import Source, find_sources

GOOD = Source("array:0", "array", "good", np.zeros((8, 8, 3), np.uint8))


def read(*sources):
    problems = []
    return list(read_frames([*sources, GOOD], problems.append)), problems


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (EOFError("end of file"), "cannot be read (EOFError: end of file); copy or convert it"),
        (IndexError("list\nindex"), "cannot be read (IndexError: list index); copy or convert it"),
        (MemoryError(), "needs more memory than there is; make it smaller"),
        (InputError("a.jpg: is empty"), "is empty"),
    ],
)
def test_any_error_costs_its_own_source_only(monkeypatch, error, message):
    def fail(path):
        raise error

    monkeypatch.setattr(frame_reader, "read_image", fail)
    frames, problems = read(Source("a.jpg", "image", "a"))
    assert [frame.source for frame in frames] == [GOOD]
    assert [(p.source, p.message) for p in problems] == [("a.jpg", message)]


def test_a_frame_that_is_refused_costs_its_own_source_only():
    def require(frame):
        if frame.image.shape[0] != 8:
            raise InputError(f"{frame.source.name}: is too small; give another")

    problems = []
    small = Source("array:1", "array", "small", np.zeros((4, 4, 3), np.uint8))
    frames = list(read_frames([small, GOOD], problems.append, require=require))
    assert [(frame.source, frame.image_id) for frame in frames] == [(GOOD, 2)]
    assert [(p.source, p.message) for p in problems] == [("array:1", "is too small; give another")]


def test_a_password_is_in_no_message():
    source = Source("rtsp://host/x", "video", "x", address="rtsp://me:secret@host/x")
    assert explain(InputError("rtsp://me:secret@host/x: gone"), source) == "gone"


class Server(http.server.BaseHTTPRequestHandler):
    """Answers with the number in the path and no content."""

    def do_GET(self) -> None:
        self.send_response(int(self.path.strip("/").split(".")[0]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words) -> None:
        pass


@pytest.fixture
def address():
    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500, 503])
def test_a_server_that_gives_no_video_is_reported(address, status):
    (source,) = find_sources(f"{address}/{status}.mp4?token=x", print)
    frames, problems = read(source)
    assert [frame.source for frame in frames] == [GOOD]
    assert [p.source for p in problems] == [source.name]
    assert problems[0].message.startswith("no video that FFmpeg can open (")
    assert "\n" not in problems[0].message
