"""Take frames of videos into the pool, as short bursts spread evenly over each video.

A frame then has neighbors in time, and neither memory nor work on disk grows with the length.
Videos are read twice: what the header says of the number of frames is often wrong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from surgtools.adaptation.frames.held_out import block_group
from surgtools.adaptation.frames.pool import PoolFrame
from surgtools.errors import InputError
from surgtools.prediction.image_writer import write_image
from surgtools.prediction.sources import InputProblem, Source
from surgtools.prediction.video import VideoReader

BURST = 3
"""Frames per burst: one, and its neighbors before and after."""

BURST_GAP_S = 0.1
"""Time between the frames of a burst: slow enough to move, fast enough to be followed."""

BLOCK_S, NUM_BLOCKS = 4.0, 5
"""A video is split into blocks of this length, or into so many; neighbors would be copies."""


@dataclass(frozen=True)
class TargetVideo:
    """One video of the target, and how many frames of it can be read.

    Attributes:
        path: of the file.
        num_frames: that can be read.
        fps: frames per second.
    """

    path: str
    num_frames: int
    fps: float


def measure_videos(sources: Sequence[Source], problems: list[InputProblem]) -> list[TargetVideo]:
    """Read videos through and count.

    Args:
        sources: videos.
        problems: gets those that cannot be read, wholly or in part.

    Returns:
        Those of which at least one frame can be read.
    """
    videos = []
    for source in sources:
        try:
            with VideoReader(source.name) as reader:
                count = sum(1 for _ in reader)
        except InputError as error:
            message = str(error).removeprefix(f"{source.name}: ")
            problems.append(InputProblem(source.name, message))
            continue
        damage = _describe_damage(count, reader)
        if damage:
            problems.append(InputProblem(source.name, damage, reader.bad_frames))
        if count:
            videos.append(TargetVideo(source.name, count, reader.fps))
    return videos


def take_videos(
    videos: Sequence[TargetVideo], folder: Path, most: int, problems: list[InputProblem]
) -> list[PoolFrame]:
    """Write frames of videos to a pool, by length, but a burst of each where there is room.

    Args:
        videos: as measured.
        folder: of the pool.
        most: frames to take of all of them.
        problems: gets the videos that there is no room for.
    """
    frames: list[PoolFrame] = []
    shares = share_frames([video.num_frames for video in videos], most)
    for index, (video, share) in enumerate(zip(videos, shares, strict=True)):
        if share == 0:
            problems.append(InputProblem(video.path, "no frame is taken; raise --max-frames"))
            continue
        frames += _take_video(video, index, share, folder)
    return frames


def share_frames(lengths: Sequence[int], most: int) -> list[int]:
    """Frames to take of each video.

    Args:
        lengths: frames of each.
        most: frames to take of all.

    Returns:
        All of each, or shares by length, of a burst or more where there is room for that.
    """
    if sum(lengths) <= most:
        return list(lengths)
    by_length = np.rint(most * np.array(lengths) / sum(lengths)).astype(int)
    shares = np.minimum(lengths, np.maximum(by_length, BURST))
    while shares.sum() > most:
        shares[shares.argmax()] -= 1
    return shares.tolist()


def sample_numbers(num_frames: int, fps: float, budget: int) -> list[list[int]]:
    """Frame numbers of the bursts that represent a video.

    Args:
        num_frames: of the video.
        fps: frames per second.
        budget: most frames to take, 1 or more.

    Returns:
        Bursts of at most ``BURST`` increasing numbers, spread evenly; one burst with every frame
        when the video is no longer than the budget.
    """
    if num_frames <= budget:
        return [list(range(num_frames))]
    size = min(BURST, budget)
    gap = max(1, min(round(BURST_GAP_S * fps), (num_frames - 1) // BURST))
    count = max(1, min(budget // size, num_frames // (size * gap)))
    starts = np.linspace(0, num_frames - 1 - (size - 1) * gap, count).round().astype(int)
    return [[int(start) + gap * step for step in range(size)] for start in np.unique(starts)]


def _describe_damage(count: int, reader: VideoReader) -> str:
    """What a reader that is through has missed; empty when that is nothing."""
    bad = reader.bad_frames
    if count == 0:
        return f"not one frame can be decoded ({bad} damaged); re-encode it"
    if bad:
        return f"{bad} of {count + bad} frames are damaged and left out"
    if reader.missing_s:
        return f"ends {reader.missing_s:.1f} s early; the file seems to be cut off"
    return ""


def _take_video(video: TargetVideo, index: int, budget: int, folder: Path) -> list[PoolFrame]:
    bursts = sample_numbers(video.num_frames, video.fps, budget)
    place = {
        number: (burst, position)
        for burst, numbers in enumerate(bursts)
        for position, number in enumerate(numbers)
    }
    block = min(BLOCK_S, video.num_frames / video.fps / NUM_BLOCKS)
    frames = []
    with VideoReader(video.path) as reader:
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
                    source=video.path,
                    clip=f"video {index} burst {burst}",
                    number=position,
                    group=block_group(f"video {index}", int(start / video.fps / block)),
                )
            )
    return frames
