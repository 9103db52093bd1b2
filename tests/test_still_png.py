"""Animated PNGs, sound and damaged, reach OpenCV as still ones."""

import io
import subprocess
import sys

import numpy as np
from PIL import Image

from surgtools.images import decode_image
from surgtools.still_png import png_chunk, still_png


def animation() -> bytes:
    """Three frames of noise, the first one darkest."""
    noise = np.random.default_rng(0).integers(0, 80, (48, 64, 3), np.uint8)
    first, *others = [Image.fromarray(noise + 80 * step) for step in range(3)]
    file = io.BytesIO()
    first.save(file, "PNG", save_all=True, append_images=others)
    return file.getvalue()


def test_the_first_frame_is_what_is_seen():
    data = animation()
    still = still_png(data)
    assert png_chunk(data, b"acTL") is not None
    assert png_chunk(still, b"acTL") is None
    assert len(still) < len(data) / 2
    assert decode_image(data).max() < 80


def test_other_files_come_back_as_they_are():
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    assert still_png(file.getvalue()) is not None
    for data in (file.getvalue(), b"", b"acTL", b"\xff\xd8acTL"):
        assert still_png(data) == data


DECODE = """
import sys, numpy as np
from surgtools.errors import InputError
from surgtools.images import decode_image
data = sys.stdin.buffer.read()
rng = np.random.default_rng(1)
for _ in range(60):
    spoiled = bytearray(data)
    for at in rng.integers(8, len(data), rng.integers(1, 9)):
        spoiled[at] = rng.integers(256)
    try:
        decode_image(bytes(spoiled))
    except InputError:
        pass
"""


def test_damaged_animations_do_not_end_the_process():
    """Without ``still_png`` the first of these is a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", DECODE], input=animation(), capture_output=True)
    assert done.returncode == 0, done.stderr[-2000:]
