"""Find how a stored picture or film has to be turned and mirrored to stand upright.

OpenCV applies this to JPEG, PNG and TIFF by itself, but not to WebP and AVIF, and not when it also
reads transparency.
"""

from collections.abc import Iterator

import numpy as np

from surgtools.still_png import png_chunk

UPRIGHT = 1
_TAG = 0x0112


def find_orientation(data: bytes) -> int:
    """EXIF orientation, 1 to 8, of a PNG, WebP or AVIF; 1 for any other file.

    Source: Exif 2.32, section 4.6.4; WebP container, chunk EXIF; MIAF (ISO/IEC 23000-22) for
    AVIF, whose own ``irot`` and ``imir`` count instead of its EXIF.
    """
    if data.startswith(b"\x89PNG"):
        return _of_exif(png_chunk(data, b"eXIf") or b"")
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _of_exif(next((d for name, d in _riff(data) if name == b"EXIF"), b""))
    if data[4:8] == b"ftyp":
        return _of_boxes(data)
    return UPRIGHT


def orientation_of_matrix(matrix: bytes) -> int:
    """The EXIF orientation nearest to a display matrix of a video.

    Args:
        matrix: nine 32-bit numbers ``a b u c d v x y w`` of this machine; x becomes a x + c y.

    Source: ISO/IEC 14496-12, section 8.5.2 (track header); FFmpeg, libavutil/display.h.
    """
    a, b, _, c, d = np.frombuffer(matrix, np.int32, 5).astype(float)
    if abs(b) + abs(c) > abs(a) + abs(d):
        return {(False, False): 5, (True, False): 6, (True, True): 7, (False, True): 8}[
            (c < 0, b < 0)
        ]
    return {(False, False): 1, (True, False): 2, (True, True): 3, (False, True): 4}[(a < 0, d < 0)]


def set_upright(image: np.ndarray, orientation: int) -> np.ndarray:
    """Turn and mirror an (H, W, ...) array as an EXIF orientation asks; others leave it as is."""
    if orientation in (5, 6, 7, 8):
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return image


def _of_exif(block: bytes) -> int:
    """The tag in the first directory of a TIFF structure."""
    block = block.removeprefix(b"Exif\0\0")
    order = {b"II": "little", b"MM": "big"}.get(block[:2])
    if order is None:
        return UPRIGHT
    start = int.from_bytes(block[4:8], order)
    count = int.from_bytes(block[start : start + 2], order)
    for at in range(start + 2, min(start + 2 + 12 * count, len(block) - 11), 12):
        if int.from_bytes(block[at : at + 2], order) == _TAG:
            return int.from_bytes(block[at + 8 : at + 10], order)
    return UPRIGHT


def _riff(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _of_boxes(data: bytes) -> int:
    """``irot`` turns counter-clockwise first, ``imir`` then mirrors."""
    meta = next((d for name, d in _boxes(data) if name == b"meta"), b"")[4:]
    properties = next((d for name, d in _boxes(meta) if name == b"iprp"), b"")
    stored = dict(_boxes(next((d for name, d in _boxes(properties) if name == b"ipco"), b"")))
    quarters = (stored.get(b"irot") or b"\0")[0] & 3
    if b"imir" not in stored:
        return (1, 8, 3, 6)[quarters]
    sideways = (stored[b"imir"] or b"\0")[0] & 1
    return (2, 7, 4, 5)[quarters] if sideways else (4, 5, 2, 7)[quarters]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size < 8:
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size
