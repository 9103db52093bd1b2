"""Collect the unlabelled pictures of a run, and split them into a part to learn from and the rest.

Videos and pictures share the room: each kind has half of it, and what one does not need the other
may take. A long video gives short bursts, see ``bursts``; pictures are linked, see ``stills``.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from surgtools.adaptation.frames.bursts import measure_videos, take_videos
from surgtools.adaptation.frames.held_out import (
    MAX_SHARE,
    MIN_HELD_OUT,
    SHARE,
    share_to_hold_out,
    split_groups,
)
from surgtools.adaptation.frames.inputs import check_record, list_files, record_of, write_record
from surgtools.adaptation.frames.pool import FramePool, PoolFrame
from surgtools.adaptation.frames.stills import take_pictures
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.prediction.sources import InputProblem

PROBLEMS = "problems.json"
"""In the pool's folder: the inputs that were of no use, told again when a run goes on."""


def collect_frames(
    sources: Sequence[str],
    folder: str | Path,
    max_frames: int = 600,
    held_out_share: float = SHARE,
    seed: int = 0,
) -> tuple[FramePool, list[InputProblem]]:
    """Bring the frames of videos, folders and pictures into a pool; reuse one that is complete.

    Args:
        sources: files, folders, globs, videos; none to take a complete pool as it is.
        folder: where the pool goes; ``frames.json`` is written last.
        max_frames: over all sources; half for pictures and half for videos, or more where the
            others need less; videos share theirs by length.
        held_out_share: share of the frames to hold out, in whole groups; more where there are few
            frames, see ``share_to_hold_out``; 0 for no guards.
        seed: of the split.

    Returns:
        The pool and the inputs that were of no use, wholly or in part.

    Raises:
        InputError: nothing usable, fewer than ``MIN_HELD_OUT`` frames would be held out, or the
            folder holds a pool of other sources or settings.
    """
    folder = Path(folder)
    record = record_of(sources, max_frames, held_out_share, seed)
    if (folder / "frames.json").exists():
        if sources:
            check_record(folder, record)
        told = read_json(folder / PROBLEMS) if (folder / PROBLEMS).exists() else []
        return FramePool.load(folder), [InputProblem(**row) for row in told]
    problems: list[InputProblem] = []
    files = list_files(sources, problems.append)
    pictures = [source for source in files if source.kind == "image"]
    videos = measure_videos([s for s in files if s.kind == "video"], problems)
    available = sum(video.num_frames for video in videos)
    room = max(max_frames // 2, max_frames - available)
    frames = take_pictures(pictures, folder, room, problems)
    frames += take_videos(videos, folder, max_frames - len(frames), problems)
    if not frames:
        raise InputError(_describe_nothing(sources, problems))
    if held_out_share > 0:
        frames = _hold_out(frames, held_out_share, seed)
        held = sum(frame.held_out for frame in frames)
        if held < MIN_HELD_OUT:
            raise InputError(
                _describe_too_few(len(frames), held, available + len(pictures), max_frames)
            )
    write_json(folder / PROBLEMS, [asdict(problem) for problem in problems])
    write_record(folder, record)
    pool = FramePool(folder, frames)
    pool.write()
    return pool, problems


def _hold_out(frames: Sequence[PoolFrame], share: float, seed: int) -> list[PoolFrame]:
    share = share_to_hold_out(len(frames), share)
    groups, held = split_groups([frame.group for frame in frames], share, seed)
    return [
        replace(frame, group=group, held_out=group in held)
        for frame, group in zip(frames, groups, strict=True)
    ]


def _describe_nothing(sources: Sequence[str], problems: Sequence[InputProblem]) -> str:
    named = ", ".join(map(str, sources))
    why = ""
    if problems:
        first = problems[0]
        why = first.message if first.source == named else f"{first.source}: {first.message}"
        why = f" ({why})"
    return f"no usable frame in {named}{why}; give videos or folders of pictures"


def _describe_too_few(taken: int, held: int, available: int, max_frames: int) -> str:
    needed = f"of which {held} could be held out; the guards need {MIN_HELD_OUT}"
    least, enough = int(MIN_HELD_OUT / MAX_SHARE), int(MIN_HELD_OUT / SHARE)
    if max_frames < enough and available > max_frames and available >= least:
        return (
            f"{taken} of {available} frames taken with --max-frames {max_frames}, {needed}, give "
            f"--max-frames {enough} or more"
        )
    return f"{taken} frames given, {needed}, give {least} frames or more, of several moments"
