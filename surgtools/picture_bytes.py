"""What the bytes of a picture file tell before they are decoded: its size, and if it is whole.

OpenCV fills what is missing with grey, and asks for memory before it sees that a size is absurd.
"""

from collections.abc import Iterator

_BARE_MARKERS = frozenset([0x00, 0x01, *range(0xD0, 0xDA)])  # without length: TEM, RSTn, SOI, EOI


def is_cut_off(data: bytes) -> bool:
    """Whether a JPEG or PNG stops before its end; OpenCV would fill the rest with grey.

    A JPEG is whole when an end marker follows its first scan; a PNG when its IEND chunk is there.
    What comes after either is none of the picture: phones append a film, cameras a block of
    their own, and its bytes may look like markers.
    """
    if data.startswith(b"\xff\xd8"):
        scan = _first_scan(data)
        return scan is None or data.rfind(b"\xff\xd9", scan) < 0
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data[-64:] and b"IEND\xaeB`\x82" not in data
    return False


def stored_size(data: bytes) -> tuple[int, int] | None:
    """Height and width that a PNG, GIF or JPEG announces; None where that is unknown."""
    if data.startswith(b"\x89PNG"):
        return int.from_bytes(data[20:24], "big"), int.from_bytes(data[16:20], "big")
    if data.startswith(b"GIF8"):
        return int.from_bytes(data[8:10], "little"), int.from_bytes(data[6:8], "little")
    if data.startswith(b"\xff\xd8"):
        for marker, at in _segments(data):
            if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
                sizes = data[at + 5 : at + 9]
                return int.from_bytes(sizes[:2], "big"), int.from_bytes(sizes[2:], "big")
    return None


def _first_scan(data: bytes) -> int | None:
    """Where the first scan of a JPEG starts; None when the file stops before.

    Segments are stepped over by their length: a thumbnail in one of them has scans and an end
    marker of its own, which a search from the start would take for the picture's.
    """
    return next((at for marker, at in _segments(data) if marker == 0xDA), None)


def _segments(data: bytes) -> Iterator[tuple[int, int]]:
    """Marker and place of each segment of a JPEG up to its first scan.

    Source: ITU-T T.81, annex B.
    """
    at = data.find(b"\xff", 2)
    while 0 <= at < len(data) - 3:
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        yield marker, at
        if marker == 0xDA:
            return
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        at = data.find(b"\xff", at + 2 + (0 if marker in _BARE_MARKERS else length))
