"""Take single pictures into the pool: linked, not copied, and each folder judged on its own.

The pictures of a folder that follow one another, as exported from a film, are one clip, and are
held out like a video; unrelated photographs stand each for itself.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from surgtools.adaptation.frames.held_out import block_group
from surgtools.adaptation.frames.pool import PoolFrame
from surgtools.errors import InputError
from surgtools.images import read_image, read_whole
from surgtools.prediction.image_writer import write_image
from surgtools.prediction.sources import InputProblem, Source

BLOCK, NUM_BLOCKS = 25, 5
"""A folder that is a sequence is split into blocks of so many pictures, or into so many blocks."""


def take_pictures(
    pictures: Sequence[Source], folder: Path, most: int, problems: list[InputProblem]
) -> list[PoolFrame]:
    """Place pictures in a pool, evenly spread where there are too many.

    Args:
        pictures: in the order of their folders.
        folder: of the pool.
        most: pictures to take.
        problems: gets the pictures that cannot be read.
    """
    if len(pictures) > most:
        spread = np.linspace(0, len(pictures) - 1, most).round().astype(int)
        pictures = [pictures[i] for i in spread]
    by_folder: dict[Path, list[Source]] = {}
    for source in pictures:
        by_folder.setdefault(Path(source.name).parent.resolve(), []).append(source)
    frames: list[PoolFrame] = []
    for index, members in enumerate(by_folder.values()):
        frames += _take_folder(members, index, len(frames), folder, problems)
    return frames


def is_sequence(thumbnails: np.ndarray) -> bool:
    """Whether pictures in this order are frames of a film rather than single photographs.

    Args:
        thumbnails: (N, h, w, 3).

    Returns:
        True when neighbors differ by less than a third of what pictures far apart differ by.
    """
    if len(thumbnails) < 3:
        return False
    near = np.abs(np.diff(thumbnails, axis=0)).mean(axis=(1, 2, 3))
    far = np.abs(thumbnails - np.roll(thumbnails, len(thumbnails) // 2, axis=0))
    return bool(np.median(near) < np.median(far.mean(axis=(1, 2, 3))) / 3)


def _take_folder(
    pictures: Sequence[Source], index: int, first: int, folder: Path, problems: list[InputProblem]
) -> list[PoolFrame]:
    """Pictures of one folder; ``first`` is how many the pool holds already."""
    singles: list[PoolFrame] = []
    thumbnails = []
    for source in pictures:
        try:
            image = read_image(source.name)
        except InputError as error:
            message = str(error).removeprefix(f"{source.name}: ")
            problems.append(InputProblem(source.name, message))
            continue
        number = first + len(singles)
        name = f"picture {number}"
        file_name = _place(Path(source.name), image, folder, number)
        height, width = image.shape[:2]
        singles.append(PoolFrame(file_name, width, height, source.name, name, number, name))
        thumbnails.append(cv2.resize(image, (16, 16), interpolation=cv2.INTER_AREA))
    if is_sequence(np.array(thumbnails, dtype=float)):
        return _as_film(singles, f"folder {index}")
    return singles


def _as_film(frames: Sequence[PoolFrame], film: str) -> list[PoolFrame]:
    block = min(BLOCK, -(-len(frames) // NUM_BLOCKS))
    return [
        replace(frame, clip=film, number=number, group=block_group(film, number // block))
        for number, frame in enumerate(frames)
    ]


def _place(source: Path, image: np.ndarray, folder: Path, number: int) -> str:
    """Link the picture, or write it anew when plain readers would see something else."""
    plain = cv2.imdecode(np.frombuffer(read_whole(source), np.uint8), cv2.IMREAD_COLOR)
    same = plain is not None and np.array_equal(plain, image)
    file_name = f"picture_{number:05d}{source.suffix.lower() if same else '.png'}"
    target = folder / "images" / file_name
    target.parent.mkdir(parents=True, exist_ok=True)
    if not same:
        write_image(target, image)
        return file_name
    target.unlink(missing_ok=True)
    try:
        os.symlink(source.resolve(), target)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
    return file_name
