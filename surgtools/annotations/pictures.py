"""Find, read and recognise the pictures an annotation file speaks of.

A fingerprint is the picture's size, a digest of its pixels and a coarse thumbnail; equal digests
are equal pictures, near thumbnails are neighboring frames.
"""

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.images import read_image

THUMBNAIL = 16
"""Side of the thumbnail in pixels."""


@dataclass(frozen=True)
class Fingerprint:
    """What tells pictures apart.

    Attributes:
        width, height: pixels as displayed, EXIF orientation applied, as training loads them.
        digest: of the pixels.
        thumbnail: (16, 16) gray.
    """

    width: int
    height: int
    digest: bytes
    thumbnail: np.ndarray


def read_picture(path: str | Path) -> np.ndarray:
    """Read a picture as displayed and as training sees it, (H, W, 3) BGR; see ``read_image``.

    Raises:
        InputError: it is missing or cannot be decoded.
    """
    return read_image(path)


def fingerprint(path: str | Path) -> Fingerprint:
    """Read a picture and sum it up.

    Raises:
        InputError: see ``read_picture``.
    """
    image = read_picture(path)
    gray = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    return Fingerprint(
        width=image.shape[1],
        height=image.shape[0],
        digest=hashlib.blake2b(image.tobytes(), digest_size=16).digest(),
        thumbnail=cv2.resize(gray, (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA),
    )


def fingerprints(paths: Iterable[Path]) -> Iterator[Fingerprint | InputError]:
    """Fingerprints in the order of ``paths``, read by several threads; the error where one failed.

    OpenCV decodes without holding Python's lock.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from pool.map(_fingerprint_or_error, paths)


def near_pairs(a: np.ndarray, b: np.ndarray, mean: float = 1.5, most: float = 16) -> np.ndarray:
    """Pairs of thumbnails that show nearly the same picture.

    Thumbnails whose gray levels differ by ``mean`` on average have 4 x 4 block means whose
    absolute differences sum to at most 16 x ``mean``; a tree over those proposes the pairs.

    Args:
        a, b: (N, 16, 16) and (M, 16, 16) gray thumbnails.
        mean, most: mean and largest difference allowed, gray levels.

    Returns:
        (P, 2) positions in ``a`` and ``b``; the nearest partner in ``b`` for each of ``a``.
    """
    if not len(a) or not len(b):
        return np.zeros((0, 2), dtype=np.int64)
    from scipy.spatial import cKDTree

    tree = cKDTree(_blocks(b))
    pairs = []
    for i, near in enumerate(tree.query_ball_point(_blocks(a), 16 * mean, p=1)):
        if near:
            difference = np.abs(a[i].astype(float) - b[near].astype(float)).reshape(len(near), -1)
            means, mosts = difference.mean(axis=1), difference.max(axis=1)
            means[mosts > most] = np.inf
            best = int(means.argmin())
            if means[best] <= mean:
                pairs.append((i, near[best]))
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def place_picture(source: Path, target: Path, mode: str = "link") -> None:
    """Put a picture into a data set folder.

    Args:
        mode: ``link`` makes a hard link, or a copy where the disk has none; ``copy`` copies.

    Raises:
        InputError: ``target`` already holds another picture, or cannot be written.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            if not target.samefile(source) and target.read_bytes() != source.read_bytes():
                raise InputError(f"{target}: holds another picture; choose an empty folder")
        elif mode != "link" or not _linked(source, target):
            with write_whole(target) as part:
                shutil.copy2(source, part)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise InputError(f"{target}: cannot be written ({error.strerror})") from error


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(os.path.realpath(source), target)  # of the file: Linux links links themselves
    except OSError:  # another disk, or one without links
        return False
    return True


def _fingerprint_or_error(path: Path) -> Fingerprint | InputError:
    try:
        return fingerprint(path)
    except InputError as error:
        return error


def _blocks(thumbnails: np.ndarray) -> np.ndarray:
    side = THUMBNAIL // 4
    blocks = thumbnails.reshape(-1, 4, side, 4, side).mean(axis=(2, 4))
    return blocks.reshape(len(thumbnails), -1)
