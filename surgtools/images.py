"""Read any still picture as the upright 8-bit BGR array that networks and drawing expect.

Training, scoring, prediction and the annotation tools read through here, so that all of them see
the same pixels. Only numpy and OpenCV, so that the ONNX path needs nothing else.
"""

from pathlib import Path

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.orientation import find_orientation, set_upright
from surgtools.picture_bytes import is_cut_off, stored_size
from surgtools.still_png import still_png

IMAGE_SUFFIXES = frozenset(
    ".jpg .jpeg .jpe .jfif .png .bmp .dib .tif .tiff .webp .jp2 .ppm .pgm .pbm .pnm .gif .avif"
    " .exr .hdr .sr .ras".split()
)
"""Suffixes that a folder is searched for; a file named outright may have any."""

UNREADABLE_SUFFIXES = frozenset(
    ".heic .heif .hif .jxl .psd .svg .dcm .dng .cr2 .cr3 .nef .arw .orf .raf .rw2 .braw"
    " .r3d".split()
)
"""Pictures and videos of cameras and scanners that neither OpenCV nor FFmpeg reads as such."""

MIN_SIDE, MAX_PIXELS = 2, 2**28
BRIGHTEST = 1.1
"""What a pixel of a picture of floats may have at the most, as a share of white."""
_WITH_ALPHA = (b"RIFF", b"II*\0", b"MM\0*", b"GIF8")


def pictures_below(folder: str | Path) -> list[Path]:
    """The pictures of a folder and its subfolders, sorted; hidden files and folders left out."""
    return _files_below(Path(folder), IMAGE_SUFFIXES)


def require_pictures(folder: str | Path) -> list[Path]:
    """As ``pictures_below``, where a folder without pictures is a mistake.

    Raises:
        InputError: no such folder, or no picture in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder of pictures; check the path")
    files = pictures_below(folder)
    if not files:
        raise InputError(f"{folder}: holds no picture; give a folder of photographs")
    return files


def passed_over(folder: str | Path) -> str:
    """One line on the pictures of a folder that ``pictures_below`` leaves out; empty for none."""
    files = _files_below(Path(folder), UNREADABLE_SUFFIXES)
    if not files:
        return ""
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    names = ", ".join(path.name for path in files[:3])
    return f"{folder}: {names}{more} cannot be read and are left out; convert them to JPEG"


def _files_below(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in suffixes
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    )


def read_image(path: str | Path) -> np.ndarray:
    """Read a picture with EXIF orientation applied.

    Grey becomes three equal channels, alpha is laid over white, 16-bit and float are scaled to
    8 bit, CMYK is converted, of several pages or frames the first is taken.

    Returns:
        (H, W, 3) BGR uint8.

    Raises:
        InputError: missing, empty, cut off, no picture, smaller than 2 or larger than 2^28
            pixels; the message says which.
    """
    return decode_image(read_whole(path), path)


def read_whole(path: str | Path) -> bytes:
    """The bytes of a picture file, not yet decoded; of an animated PNG its first picture.

    Raises:
        InputError: missing, empty or cut off.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file; check the path") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}); check the file") from error
    if not data:
        raise InputError(f"{path}: the file is empty; copy it again")
    if is_cut_off(data):
        raise InputError(f"{path}: the picture is cut off; copy it again")
    return still_png(data)


def decode_image(data: bytes, path: str | Path = "picture") -> np.ndarray:
    """``read_image`` on the bytes of a file; ``path`` names it in messages."""
    _require_size(stored_size(data) or (MIN_SIDE, MIN_SIDE), path)
    try:
        image = _decode(still_png(data))
    except cv2.error as error:
        raise InputError(f"{path}: cannot be decoded ({error.err}); convert it to PNG") from error
    if image is None:
        raise InputError(f"{path}: {_why_not(data)}")
    return as_bgr(image, path)


def read_stored(path: str | Path) -> np.ndarray:
    """Read the pixels as they are stored: depth, transparency and orientation are left alone.

    Returns:
        (H, W), (H, W, 3) BGR or (H, W, 4) BGRA of any type.

    Raises:
        InputError: as ``read_image``.
    """
    data = read_whole(path)
    _require_size(stored_size(data) or (MIN_SIDE, MIN_SIDE), path)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise InputError(f"{path}: cannot be decoded ({error.err}); convert it to PNG") from error
    if image is None:
        raise InputError(f"{path}: {_why_not(data)}")
    _require_size(image.shape[:2], path)
    return image


def _decode(data: bytes) -> np.ndarray | None:
    """Upright pixels, over white where they are transparent; None when OpenCV has no reader."""
    buffer = np.frombuffer(data, np.uint8)
    turned = data[:4] not in (b"II*\0", b"MM\0*")  # of a TIFF OpenCV turns whatever it reads
    if _may_be_transparent(data):
        image = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
        if image is not None and image.ndim == 3 and image.shape[2] == 4:
            image = _over_white(image)
            return set_upright(image, find_orientation(data)) if turned else image
    image = cv2.imdecode(buffer, cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH)
    if image is None and not turned:  # a TIFF with one channel of floats
        image = cv2.imdecode(buffer, cv2.IMREAD_UNCHANGED)
    if image is not None and not data.startswith(b"\x89PNG"):
        image = set_upright(image, find_orientation(data))
    if image is not None and not turned and np.issubdtype(image.dtype, np.floating):
        image = _as_fraction(image)
    return image


def as_bgr(image: np.ndarray, name: str | Path = "array") -> np.ndarray:
    """Bring an array to (H, W, 3) BGR uint8; grey, BGRA, 16-bit and float in [0, 1] are known.

    Raises:
        InputError: any other shape or type, or a size that is no picture.
    """
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[:, :, None]
    if image.ndim != 3 or image.shape[2] not in (1, 3, 4) or image.dtype == object:
        raise InputError(
            f"{name}: shape {image.shape} of {image.dtype}; (H, W), (H, W, 3) BGR or (H, W, 4) "
            "BGRA is expected"
        )
    _require_size(image.shape[:2], name)
    image = _to_uint8(image, name)
    if image.shape[2] == 4:
        image = _over_white(image)
    if image.shape[2] == 1:
        image = np.repeat(image, 3, axis=2)
    return np.ascontiguousarray(image)


def _may_be_transparent(data: bytes) -> bool:
    """Whether to look for alpha, by what the file is rather than by its name."""
    if data.startswith(b"\x89PNG"):
        # Bit 2 of the color type in the header, or transparency of a palette or of one color.
        return bool(data[25:26] and data[25] & 4) or b"tRNS" in data[: data.find(b"IDAT")]
    return data.startswith(_WITH_ALPHA) or data[4:8] == b"ftyp"


def _to_uint8(image: np.ndarray, name: str | Path) -> np.ndarray:
    if image.dtype == np.uint8:
        return image
    if image.dtype == bool:
        return image.astype(np.uint8) * 255
    if image.dtype == np.uint16:
        # Endoscopes store 10 or 12 bits in 16; divided by 256 they would be almost black.
        depth = next(bits for bits in (10, 12, 16) if image.max() < 2**bits)
        return (image >> (depth - 8)).astype(np.uint8)
    if np.issubdtype(image.dtype, np.floating):
        image = np.nan_to_num(image, nan=0.0, posinf=1.0, neginf=0.0)
        return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
    raise InputError(f"{name}: pixels of type {image.dtype}; uint8, uint16 or float is expected")


def _over_white(image: np.ndarray) -> np.ndarray:
    """Lay (H, W, 4) over white where it is transparent."""
    image, alpha = image[:, :, :3], image[:, :, 3:]
    whole = np.issubdtype(image.dtype, np.integer)
    white = float(np.iinfo(image.dtype).max) if whole else 1.0
    alpha = alpha.astype(np.float32) / white
    if (alpha == 1).all():
        return image
    blended = image * alpha + white * (1 - alpha)
    return (np.rint(blended) if whole else blended).astype(image.dtype)


def _as_fraction(image: np.ndarray) -> np.ndarray:
    """Floats that count to 255 or further, as microscopes write them, in 0 to 1.

    Filters overshoot at edges: a picture may be a little brighter than white.
    """
    top = float(np.nanmax(image)) if image.size else 0.0
    if not BRIGHTEST < top < BRIGHTEST * 2**16:
        return image
    return image / (next(2**bits for bits in (8, 10, 12, 16) if top < BRIGHTEST * 2**bits) - 1)


def _require_size(size: tuple[int, ...], name: str | Path) -> None:
    height, width = size
    if min(height, width) < MIN_SIDE or height * width > MAX_PIXELS:
        raise InputError(
            f"{name}: {width} x {height} pixels; at least {MIN_SIDE} on a side and at most "
            f"{MAX_PIXELS} in all are expected"
        )


def _why_not(data: bytes) -> str:
    if data[4:8] == b"ftyp" and data[8:11] in (b"hei", b"hev", b"mif", b"msf"):
        return "is HEIC, which OpenCV cannot read; convert it to JPEG"
    return "no picture that OpenCV can read; convert it to PNG or JPEG"
