"""Odd inputs give results, damaged ones what can be saved, bad ones one line; none costs the
results of the good ones. What happens to each is written in docs/reference/odd_inputs.md.
"""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from surgtools.prediction import VideoSettings
from surgtools.prediction.video_writer import VideoWriter

TABLE = Path(__file__).resolve().parents[2] / "docs/reference/odd_inputs.md"
RAW = VideoSettings(track=False)
GOOD = np.pad(np.full((60, 80, 3), (230, 40, 40), np.uint8), ((60, 120), (80, 160), (0, 0)))


OTHERS = [Image.fromarray(np.roll(GOOD[..., ::-1], 9 * i, axis=1)) for i in (1, 2)]


class Case(NamedTuple):
    """A file that users have: what it is in words, and how to make it."""

    what: str
    make: Callable[[Path], object]


def save(path: Path, image: np.ndarray) -> None:
    assert cv2.imwrite(str(path), image)


def jpeg(path: Path, mode: str, **options) -> None:
    Image.fromarray(GOOD[..., ::-1]).convert(mode).save(path, **options)


def exif(path: Path) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6
    jpeg(path, "RGB", exif=tags)


def video(path: Path, frames: int = 5, width: int = 320) -> None:
    with VideoWriter(path) as writer:
        for i in range(frames):
            writer.write(GOOD[:, :width], i**2 / 25)


def encode(path: Path, start: int = 0, **options) -> None:
    """Five frames of H.264 at 25 frames per second."""
    with av.open(str(path), "w", **options) as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for i in range(5):
            frame = av.VideoFrame.from_ndarray(GOOD, format="bgr24")
            frame.pts, frame.time_base = start + i, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def raw(path: Path) -> None:
    encode(path, format="h264")


def late(path: Path) -> None:
    encode(path, start=25 * 36_000)


def packets(path: Path, spoil: Callable[[int, av.Packet], av.Packet] = lambda i, p: p) -> None:
    """60 frames of JPEG at 25 frames per second, each packet by itself."""
    index_first = {"movflags": "faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=index_first) as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.codec_context.thread_count = 1  # the same bytes on every machine
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
        for i in range(60):
            for packet in stream.encode(av.VideoFrame.from_ndarray(GOOD, format="bgr24")):
                container.mux(spoil(i, packet))
        container.mux(stream.encode(None))


def every_tenth_is_junk(i: int, packet: av.Packet) -> av.Packet:
    if i % 10 != 4:
        return packet
    junk = av.Packet(bytes(300))
    junk.stream, junk.time_base = packet.stream, packet.time_base
    junk.pts, junk.dts = packet.pts, packet.dts
    return junk


def sound(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def cut(path: Path, share: float, make: Callable[[Path], object]) -> None:
    make(path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])


ODD = {
    "exif.jpg": Case("turned by its EXIF tag", exif),
    "grey.png": Case("one channel", lambda p: save(p, GOOD[..., 0])),
    "alpha.png": Case(
        "with transparency",
        lambda p: save(p, np.dstack([GOOD, np.full(GOOD.shape[:2], 200, np.uint8)])),
    ),
    "deep.png": Case("16 bits", lambda p: save(p, GOOD.astype(np.uint16) * 257)),
    "deep.tif": Case("12 bits in 16", lambda p: save(p, GOOD.astype(np.uint16) * 16)),
    "float.tif": Case("floating point", lambda p: save(p, GOOD.astype(np.float32) / 255)),
    "cmyk.jpg": Case("CMYK", lambda p: jpeg(p, "CMYK")),
    "palette.png": Case("palette", lambda p: jpeg(p, "P")),
    "bilevel.png": Case("one bit", lambda p: jpeg(p, "1")),
    "progressive.jpg": Case("progressive", lambda p: jpeg(p, "RGB", progressive=True)),
    "animated.gif": Case("GIF, its first picture", lambda p: jpeg(p, "P", save_all=True)),
    "animated.png": Case(
        "animated PNG, its first picture",
        lambda p: Image.fromarray(GOOD[..., ::-1]).save(p, save_all=True, append_images=OTHERS),
    ),
    "turned.webp": Case("turned by its EXIF tag", lambda p: exif(p)),
    "picture.webp": Case("WebP", lambda p: jpeg(p, "RGB")),
    "tiny.png": Case("2 x 2 pixels", lambda p: save(p, np.zeros((2, 2, 3), np.uint8))),
    "stripe.png": Case("3000 x 2 pixels", lambda p: save(p, np.zeros((2, 3000, 3), np.uint8))),
    "huge.jpg": Case("8K", lambda p: save(p, np.zeros((4320, 7680, 3), np.uint8))),
    "png_called.jpg": Case("PNG under a wrong name", lambda p: jpeg(p, "RGB", format="PNG")),
    "jpeg.without_suffix": Case("unknown suffix", lambda p: jpeg(p, "RGB", format="JPEG")),
    "umlaut ä 手術.png": Case("name beyond ASCII, with blanks", lambda p: save(p, GOOD)),
    "variable_rate.mp4": Case("variable frame rate", video),
    "odd_size.mp4": Case("odd width", lambda p: video(p, width=319)),
    "one_frame.mp4": Case("a single frame", lambda p: video(p, frames=1)),
    "raw.h264": Case("frames without times", raw),
    "late.ts": Case("starts at ten hours", late),
}

DAMAGED = {
    "cut_off.mkv": Case("Matroska, the end missing", lambda p: cut(p, 0.6, packets)),
    "cut_off.mp4": Case("MP4, its last quarter missing", lambda p: cut(p, 0.75, packets)),
    "junk_inside.mkv": Case("junk among its packets", lambda p: packets(p, every_tenth_is_junk)),
}

BAD = {
    "empty.jpg": Case("no bytes", lambda p: p.touch()),
    "empty.mp4": Case("no bytes", lambda p: p.touch()),
    "text.jpg": Case("a text", lambda p: p.write_text("not a picture")),
    "text.mp4": Case("a text", lambda p: p.write_text("not a video")),
    "cut_off.jpg": Case("half a JPEG", lambda p: cut(p, 0.5, lambda q: save(q, GOOD))),
    "cut_off.png": Case("half a PNG", lambda p: cut(p, 0.5, lambda q: save(q, GOOD))),
    "head_only.jpg": Case("the first bytes of one", lambda p: p.write_bytes(b"\xff\xd8\xff\xe0")),
    "no_index.mp4": Case("without its index", lambda p: cut(p, 0.03, video)),
    "zeros.png": Case("zeros", lambda p: p.write_bytes(bytes(1000))),
    "one_pixel.png": Case("one pixel", lambda p: save(p, np.zeros((1, 1, 3), np.uint8))),
    "sound.mp4": Case("sound without pictures", sound),
    "picture_called.mp4": Case("a broken bitmap", lambda p: p.write_bytes(b"BM" + bytes(60))),
    "notes.txt": Case("a text, which FFmpeg would draw", lambda p: p.write_text("a line\n" * 99)),
    "photo.heic": Case("HEIC", lambda p: p.write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))),
    "link.jpg": Case("a link to nowhere", lambda p: p.symlink_to(p.parent / "nowhere.jpg")),
}

ARRAYS = {
    "seven channels": np.zeros((4, 4, 7), np.uint8),
    "no pixels": np.zeros((0, 0, 3), np.uint8),
    "one dimension": np.zeros(5),
    "objects": np.array([[None]]),
}


def run(toy, case: Case, path: Path) -> list:
    """Results of the file, after making sure that the good one beside it is done."""
    case.make(path)
    good = path.parent / "good.png"
    save(good, GOOD)
    results = list(toy([path, good], video=RAW))
    assert results[-1].source == str(good)
    assert results[-1].instances[0].category_id == 1
    assert all(problem.source == str(path) for problem in toy.problems)
    return results[:-1]


def row(name: str, case: Case, results: list, problems: list) -> str:
    """The line of the table."""
    outcome = [f"{len(results)} frame{'s' * (len(results) > 1)}"] if results else []
    outcome += [f"reported: {problem.message}" for problem in problems]
    return f"| {name} | {case.what} | {'; '.join(outcome)} |"


@pytest.mark.parametrize("name", ODD)
def test_odd_input_gives_results(toy, tmp_path, name):
    results = run(toy, ODD[name], tmp_path / name)
    assert results[0].source == str(tmp_path / name)
    assert toy.problems == []
    assert row(name, ODD[name], results, []) in TABLE.read_text()


@pytest.mark.parametrize("name", DAMAGED)
def test_what_can_be_saved_of_a_damaged_video_is_and_the_rest_is_reported(toy, tmp_path, name):
    results = run(toy, DAMAGED[name], tmp_path / name)
    assert 30 <= len(results) < 60
    assert all(len(result) == 1 for result in results)
    assert len(toy.problems) == 1
    assert row(name, DAMAGED[name], results, toy.problems) in TABLE.read_text()


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_reported_in_one_line(toy, tmp_path, name):
    assert run(toy, BAD[name], tmp_path / name) == []
    (problem,) = toy.problems
    assert 10 < len(problem.message) < 200
    assert "\n" not in problem.message
    assert row(name, BAD[name], [], toy.problems) in TABLE.read_text()


@pytest.mark.parametrize("name", ARRAYS)
def test_bad_arrays_are_reported(toy, draw_square, name):
    assert [len(r) for r in toy([ARRAYS[name], draw_square()])] == [1]
    assert toy.problems[0].source == "array:0"
    case = Case("an array", print)
    assert row(name, case, [], toy.problems) in TABLE.read_text()


def test_a_webcam_that_is_not_there_is_reported(toy, draw_square, capfd):
    assert [len(r) for r in toy([91, draw_square()])] == [1]
    assert "no such webcam" in toy.problems[0].message
