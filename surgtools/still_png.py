"""Take the animation out of a PNG, so that OpenCV sees the still picture that it starts with.

OpenCV 4.12 ends the whole process on some damaged animated PNGs, and no ``try`` helps against
that. A PNG without the chunks of its animation is safe and shows the same first picture.

Source: PNG specification, third edition, section 5.3 (chunks) and 11.3.6 (animation).
"""

from collections.abc import Iterator

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_OF_ANIMATIONS = (b"acTL", b"fcTL", b"fdAT")


def still_png(data: bytes) -> bytes:
    """The same file without animation; files that have none come back as they are.

    Bytes that are no whole chunk are left out together with whatever follows them.
    """
    if not data.startswith(_SIGNATURE) or not any(name in data for name in _OF_ANIMATIONS):
        return data
    kept = (chunk for name, chunk in _chunks(data) if name not in _OF_ANIMATIONS)
    return _SIGNATURE + b"".join(kept)


def png_chunk(data: bytes, wanted: bytes) -> bytes | None:
    """What the first chunk of a name holds; None when the PNG has none."""
    if not data.startswith(_SIGNATURE) or wanted not in data:
        return None
    return next((chunk[8:-4] for name, chunk in _chunks(data) if name == wanted), None)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and bytes of each whole chunk, its length, name and check sum among them."""
    at = len(_SIGNATURE)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data):
            return
        yield data[at + 4 : at + 8], data[at:end]
        at = end
