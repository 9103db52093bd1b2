"""Collect the unlabelled pictures of a run: on disk once, split into those to learn from and the
rest.

A long video gives a bounded number of frames: short bursts spread evenly over it, so that a
frame has neighbors in time and neither memory nor work grows with the length. Pictures of a
folder are linked, not copied.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from surgtools.engine.frame_pool import FramePool, PoolFrame
from surgtools.engine.held_out import (
    MAX_SHARE,
    MIN_HELD_OUT,
    SHARE,
    choose_groups,
    share_to_hold_out,
)
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.images import read_image
from surgtools.inference.sources import STREAM_PREFIXES, Problem, Source, find_sources
from surgtools.inference.video import VideoReader, write_image

PROBLEMS = "problems.json"
"""In the pool's folder: the inputs that were of no use, told again when a run goes on."""

BURST = 3
"""Frames per burst: one, and its neighbors before and after."""

BURST_GAP_S = 0.1
"""Time between the frames of a burst: slow enough to move, fast enough to be followed."""

BLOCK_S = 4.0
"""Held-out parts of one video are whole blocks of this length; neighbors would be copies."""


def collect_frames(
    sources: Sequence[str],
    folder: str | Path,
    max_frames: int = 600,
    held_out_share: float = SHARE,
    seed: int = 0,
) -> tuple[FramePool, list[Problem]]:
    """Bring the frames of videos, folders and pictures into a pool; reuse one that is complete.

    Args:
        sources: files, folders, globs, videos.
        folder: where the pool goes; ``frames.json`` is written last.
        max_frames: over all sources; videos share it by length.
        held_out_share: share of the frames to hold out, in whole groups; more where there are few
            frames, see ``share_to_hold_out``; 0 for no guards.
        seed: of the split.

    Returns:
        The pool and the inputs that were of no use.

    Raises:
        InputError: nothing usable, or fewer than ``MIN_HELD_OUT`` frames would be held out.
    """
    folder = Path(folder)
    if (folder / "frames.json").exists():
        told = read_json(folder / PROBLEMS) if (folder / PROBLEMS).exists() else []
        return FramePool.load(folder), [Problem(**row) for row in told]
    live = [str(s) for s in sources if str(s).startswith(STREAM_PREFIXES) or str(s).isdigit()]
    if live:
        raise InputError(f"{live[0]}: a live source has no end; record it and give the file")
    problems: list[Problem] = []
    found = find_sources(list(sources), problems.append)
    videos = [source for source in found if source.kind == "video"]
    pictures = [source for source in found if source.kind == "image"]
    frames = _add_pictures(_thin(pictures, max_frames), folder, problems)
    budget = max(max_frames - len(frames), BURST * len(videos))
    frames += _add_videos(videos, folder, budget, problems)
    if not frames:
        why = f" ({problems[0].source}: {problems[0].message})" if problems else ""
        raise InputError(
            f"no usable frame in {', '.join(map(str, sources))}{why}; give videos or folders of "
            "pictures"
        )
    pool = FramePool(folder, frames)
    if held_out_share > 0:
        share = share_to_hold_out(len(pool), held_out_share)
        groups = [frame.group for frame in frames]
        pool = pool.holding_out(choose_groups(groups, share, np.random.default_rng(seed)))
        count = len(pool.indices(held_out=True))
        if count < MIN_HELD_OUT:
            raise InputError(
                f"{len(pool)} frames given, of which {count} could be held out; the guards need "
                f"{MIN_HELD_OUT}, give {int(MIN_HELD_OUT / MAX_SHARE)} frames or more, of several "
                "moments"
            )
    write_json(folder / PROBLEMS, [asdict(problem) for problem in problems])
    pool.write()
    return pool, problems


def sample_numbers(num_frames: int, fps: float, budget: int) -> list[list[int]]:
    """Frame numbers of the bursts that represent a video.

    Args:
        num_frames: of the video.
        fps: frames per second.
        budget: most frames to take.

    Returns:
        Bursts of at most ``BURST`` increasing numbers, spread evenly; one burst with every frame
        when the video is no longer than the budget.
    """
    if num_frames <= budget:
        return [list(range(num_frames))]
    gap = max(1, round(BURST_GAP_S * fps))
    count = max(1, min(budget // BURST, num_frames // (BURST * gap)))
    starts = np.linspace(0, num_frames - 1 - (BURST - 1) * gap, count).round().astype(int)
    return [[int(start) + gap * step for step in range(BURST)] for start in np.unique(starts)]


def _thin(items: list, most: int) -> list:
    if len(items) <= most:
        return items
    return [items[i] for i in np.linspace(0, len(items) - 1, most).round().astype(int)]


def _add_pictures(
    pictures: list[Source], folder: Path, problems: list[Problem]
) -> list[PoolFrame]:
    frames, thumbnails = [], []
    for source in pictures:
        try:
            image = read_image(source.name)
        except InputError as error:
            problems.append(Problem(source.name, str(error)))
            continue
        number = len(frames)
        file_name = _place(Path(source.name), image, folder, number)
        height, width = image.shape[:2]
        frames.append((file_name, width, height, source.name, number))
        thumbnails.append(cv2.resize(image, (16, 16), interpolation=cv2.INTER_AREA))
    in_sequence = is_sequence(np.array(thumbnails, dtype=float))
    return [
        PoolFrame(
            file_name=file_name,
            width=width,
            height=height,
            source=source,
            clip="pictures" if in_sequence else f"picture {number}",
            number=number,
            group=f"pictures {number // 25}" if in_sequence else f"picture {number}",
        )
        for file_name, width, height, source, number in frames
    ]


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


def _place(source: Path, image: np.ndarray, folder: Path, number: int) -> str:
    """Link the picture, or write it anew when plain readers would see something else."""
    plain = cv2.imread(str(source))
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


def _add_videos(
    videos: list[Source], folder: Path, budget: int, problems: list[Problem]
) -> list[PoolFrame]:
    lengths = {}
    for source in videos:
        try:
            lengths[source] = _measure(source.name)
        except InputError as error:
            problems.append(Problem(source.name, str(error)))
    total = sum(count for count, _ in lengths.values())
    frames: list[PoolFrame] = []
    for index, (source, (count, fps)) in enumerate(lengths.items()):
        if count == 0:
            problems.append(Problem(source.name, "no frame could be read"))
            continue
        share = max(BURST, round(budget * count / total))
        split_inside = len(lengths) < 5
        frames += _add_video(source, index, count, fps, share, split_inside, folder)
    return frames


def _measure(path: str) -> tuple[int, float]:
    """Number of readable frames and frames per second; headers are often wrong, so it counts."""
    with VideoReader(path) as reader:
        return sum(1 for _ in reader), reader.fps


def _add_video(
    source: Source, index: int, count: int, fps: float, budget: int, split: bool, folder: Path
) -> list[PoolFrame]:
    bursts = sample_numbers(count, fps, budget)
    place = {
        number: (burst, position)
        for burst, numbers in enumerate(bursts)
        for position, number in enumerate(numbers)
    }
    block = BLOCK_S if count / fps >= 5 * BLOCK_S else count / fps / 5
    frames = []
    with VideoReader(source.name) as reader:
        for number, _, image in reader:
            if number not in place:
                continue
            burst, position = place[number]
            file_name = f"video{index:03d}_{number:06d}.jpg"
            write_image(folder / "images" / file_name, image, quality=95)
            start = bursts[burst][0] if len(bursts) > 1 else number  # bursts are not split
            frames.append(
                PoolFrame(
                    file_name=file_name,
                    width=image.shape[1],
                    height=image.shape[0],
                    source=source.name,
                    clip=f"video {index} burst {burst}",
                    number=position,
                    group=f"video {index} block {int(start / fps / block)}"
                    if split
                    else f"video {index}",
                )
            )
    return frames
