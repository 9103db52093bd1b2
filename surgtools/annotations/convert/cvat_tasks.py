"""Which videos a CVAT for video file holds, and which frames each has.

The file of a task or a job is one video; that of a project is one for each of its tasks, and its
tracks name theirs. Within a subset CVAT counts the frames of a project's tasks on from one to the
next.

Source: CVAT, ``cvat/apps/dataset_manager/bindings.py``, ``ProjectData``.
"""

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, replace
from pathlib import Path

from surgtools.annotations.convert import cvat
from surgtools.annotations.convert.cvat_video import MAX_FRAMES, NUMBER
from surgtools.annotations.convert.dataset_parts import Losses, part_of_subset, picture_size
from surgtools.errors import InputError

_DEFAULT_NAME = "frame_{:06d}.png"
_MOST_FRAMES = 10**6


@dataclass(frozen=True)
class CvatVideo:
    """One video of a file.

    Attributes:
        file: where it stands.
        part: part of the data set.
        video_id: the task's name.
        pattern: file name with the frame number in it, see ``cvat_video.fill``.
        size: width and height in pixels.
        frames: numbers of its frames, ascending.
        frame_offset: what shapes add to the number of a frame.
        tracks: the tracks of the video.
    """

    file: Path
    part: str
    video_id: int | str
    pattern: str
    size: tuple[int, int]
    frames: list[int]
    frame_offset: int
    tracks: list[ET.Element]


def find_videos(root: ET.Element, file: Path, part: str, losses: Losses) -> list[CvatVideo]:
    """The videos of a file.

    Args:
        part: where tasks do not name a subset.

    Raises:
        InputError: nothing that CVAT exports, or settings that mean nothing.
    """
    tasks = root.findall("meta/project/tasks/task") or root.findall("meta/task")
    tasks = tasks or root.findall("meta/job")
    if not tasks:
        raise InputError(
            f"{file}: <meta> has no task, job or project with tasks; export it from CVAT as CVAT "
            "for video 1.1"
        )
    pattern = root.findtext("meta/source") or ""
    offsets = _frame_offsets(tasks, file) if len(tasks) > 1 else [0]
    videos = []
    for task, offset in zip(tasks, offsets, strict=True):
        tracks = _own_tracks(root, task, len(tasks), file)
        frames, shift = _frames(task, tracks, offset, file, losses)
        own = task.findtext("source") or pattern
        name = (task.findtext("name") or file.stem).strip()
        subset = task.findtext("subset")
        videos.append(
            CvatVideo(
                file,
                part_of_subset(subset) if subset and subset.lower() != "default" else part,
                int(name) if name.isdecimal() and len(name) < 18 else name,
                own if NUMBER.search(own) else _DEFAULT_NAME,
                _size(task, root, file),
                frames,
                shift,
                tracks,
            )
        )
    return videos


def _own_tracks(root: ET.Element, task: ET.Element, count: int, file: Path) -> list[ET.Element]:
    tracks = root.findall("track")
    if count == 1:
        return tracks
    lost = next((track for track in tracks if track.get("task_id") is None), None)
    if lost is not None:
        raise InputError(
            f"{file}: track {lost.get('id')} does not say its task_id, and the project has "
            f"{count} tasks; export the tasks one by one"
        )
    return [track for track in tracks if track.get("task_id") == task.findtext("id")]


def _frame_offsets(tasks: list[ET.Element], file: Path) -> list[int]:
    offsets, following, subset = [], 0, None
    for task in tasks:
        if task.findtext("subset") != subset:
            following, subset = 0, task.findtext("subset")
        offsets.append(following)
        numbers = _numbers(task, file)
        following += numbers.start + numbers.step * len(numbers)
    return offsets


def _frames(
    task: ET.Element, tracks: list[ET.Element], offset: int, file: Path, losses: Losses
) -> tuple[list[int], int]:
    """The frames of a video, and what its shapes add to their numbers."""
    numbers = _numbers(task, file)
    shapes = [shape for track in tracks for shape in track if shape.get("frame") is not None]
    used = {cvat.number(shape, "frame", str(file)) for shape in shapes}
    if any(not 0 <= frame < MAX_FRAMES for frame in used):
        raise InputError(f"{file}: has frame {max(used, key=abs)}; 0 to {MAX_FRAMES} is expected")
    moved = {frame - offset for frame in used}
    if offset and moved <= set(numbers):
        used = moved
    else:
        offset = 0
    if task.tag == "job" and used and not used <= set(numbers):
        # A job counts from the start of its task, its shapes from that of the video.
        losses.add("frames without instruments; the job does not say where its video starts")
        return sorted(used), offset
    return sorted(used | set(numbers)), offset


def _numbers(task: ET.Element, file: Path) -> range:
    start, stop = _whole(task, "start_frame", file), _whole(task, "stop_frame", file)
    step = re.fullmatch(r"step=(\d{1,9})", (task.findtext("frame_filter") or "").strip())
    numbers = range(start, stop + 1, max(1, int(step[1])) if step else 1)
    if start < 0 or stop >= MAX_FRAMES or len(numbers) > _MOST_FRAMES:
        raise InputError(
            f"{file}: frames {start} to {stop}; at most {_MOST_FRAMES} from 0 on are expected"
        )
    return numbers


def _size(task: ET.Element, root: ET.Element, file: Path) -> tuple[int, int]:
    for place in (task, root.find("meta")):
        if place.find("original_size") is not None:
            sides = [_whole(place, f"original_size/{side}", file) for side in ("width", "height")]
            return picture_size(*sides, str(file))
    return picture_size(_whole(task, "original_size/width", file), None, str(file))


def _whole(task: ET.Element, path: str, file: Path) -> int:
    text = task.findtext(path)
    try:
        return int(text)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{file}: <meta><{task.tag}> has {path} {text!r}; a whole number is expected, export "
            "it as CVAT for video 1.1"
        ) from error


def keep_names_apart(videos: list[CvatVideo]) -> list[CvatVideo]:
    """Give the videos of a part names of their own, and their pictures folders where they need."""
    taken: dict[str, int] = {}
    named = []
    for video in videos:
        count = taken[str(video.video_id)] = taken.get(str(video.video_id), 0) + 1
        name = video.video_id if count == 1 else f"{video.video_id} ({count})"
        named.append(replace(video, video_id=name))
    if len({video.pattern for video in named}) == len(named):
        return named
    return [replace(v, pattern=f"{_plain(v.video_id)}/{v.pattern}") for v in named]


def _plain(name: int | str) -> str:
    return re.sub(r"[^\w.-]+", "_", str(name)).strip("._")[:100] or "video"
