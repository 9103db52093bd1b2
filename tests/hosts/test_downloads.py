"""Downloads are resumed, checked and whole; nothing else counts as a file of weights."""

import hashlib
import http.server
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from surgtools.errors import InputError
from surgtools.hosts import downloads
from surgtools.hosts.downloads import CACHE, MIRROR, fetch, weights_folder

CONTENT = bytes(range(256)) * 40
DIGITS = hashlib.sha256(CONTENT).hexdigest()[:8]
NAME = f"net_coco_2022-{DIGITS}.pth"


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves ``CONTENT`` at every path but /absent, from where it is asked for."""

    def do_GET(self):
        asked = self.headers.get("Range")
        self.server.seen.append((self.path, asked))
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        if self.path.startswith("/absent"):
            return self.send_error(404)
        if self.server.ranges and start >= len(CONTENT):
            return self.send_error(416)
        body = CONTENT[start:] if self.server.ranges else CONTENT
        self.send_response(206 if asked and self.server.ranges else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: self.server.limit])

    def log_message(self, *args):
        pass


@pytest.fixture
def server():
    """With ``address``, the requests it has ``seen``, and switches of what it can."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.ranges, server.limit = [], True, None
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_file_is_downloaded_once(server, tmp_path):
    path = fetch(f"{server.address}/a/{NAME}", tmp_path / "weights")
    assert path.read_bytes() == CONTENT and path.name == NAME
    assert fetch(f"{server.address}/a/{NAME}", tmp_path / "weights") == path
    assert len(server.seen) == 1
    assert [p.name for p in (tmp_path / "weights").iterdir()] == [NAME]


def test_a_broken_download_is_gone_on_with(server, tmp_path):
    server.limit = 3000
    with pytest.raises(InputError, match="cut off after 3000 of 10240 bytes; the same command"):
        fetch(f"{server.address}/{NAME}", tmp_path)
    assert not (tmp_path / NAME).exists()
    server.limit = None
    assert fetch(f"{server.address}/{NAME}", tmp_path).read_bytes() == CONTENT
    assert [asked for _, asked in server.seen] == [None, "bytes=3000-"]


def test_a_server_that_cannot_resume_sends_all_again(server, tmp_path):
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT[:100])
    server.ranges = False
    assert fetch(f"{server.address}/{NAME}", tmp_path).read_bytes() == CONTENT


def test_a_download_that_was_all_there_is_taken(server, tmp_path):
    (tmp_path / f"{NAME}.part").write_bytes(CONTENT)
    assert fetch(f"{server.address}/{NAME}", tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("name", ["net-00000000.pth", "net-00000000_20230127.pth"])
def test_another_content_than_the_name_says_is_refused_and_deleted(server, tmp_path, name):
    with pytest.raises(InputError, match=f"has the SHA-256 {DIGITS}..., its name says 00000000"):
        fetch(f"{server.address}/{name}", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_name_without_digits_promises_nothing(server, tmp_path):
    assert fetch(f"{server.address}/net.pth", tmp_path).read_bytes() == CONTENT


def test_cache_and_mirror_of_the_environment(server, tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    monkeypatch.setenv(MIRROR, f"{server.address}/mirror/")
    path = fetch(f"https://host.invalid/v1/{NAME}")
    assert path == tmp_path / "cache/weights" / NAME == weights_folder() / NAME
    assert server.seen == [(f"/mirror/v1/{NAME}", None)]


def test_what_cannot_be_had_is_told_in_one_line(server, tmp_path):
    for address in (f"{server.address}/absent/{NAME}", f"http://127.0.0.1:1/{NAME}"):
        with pytest.raises(InputError, match="cannot be downloaded") as caught:
            fetch(address, tmp_path)
        assert "\n" not in str(caught.value) and "--pretrained FILE" in str(caught.value)
        assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize("ranges", [True, False])
def test_who_waits_for_another_download_gets_its_file(server, tmp_path, monkeypatch, ranges):
    server.ranges, check = ranges, downloads._require_hash

    def slowly(part, address):
        time.sleep(0.2)  # as for hundreds of megabytes
        check(part, address)

    monkeypatch.setattr(downloads, "_require_hash", slowly)
    with ThreadPoolExecutor(2) as pool:
        paths = list(pool.map(fetch, [f"{server.address}/{NAME}"] * 2, [tmp_path] * 2))
    assert [path.read_bytes() for path in paths] == [CONTENT] * 2
    assert len(server.seen) == 1 and [p.name for p in tmp_path.iterdir()] == [NAME]
