"""Write CVAT for video 1.1: one XML file per video, a skeleton track per instrument.

Pictures are known by frame number only. When file names follow one pattern with the frame number
in it, the pattern stands under ``source`` and brings the names back.
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from surgtools.annotations.convert import cvat, cvat_boxes, cvat_labels
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.safe_names import path_to_write
from surgtools.taxonomy import Category

MAX_FRAMES = 10**7
"""Frame numbers beyond this are none: four days at 25 frames a second."""

NUMBER = re.compile(r"\{:0(\d{1,2})d([+-]\d{1,18})?\}")
"""Where the number stands in a file name: its digits, and what is added to the frame's."""


def write(parts: list[DatasetPart], out: Path, options: Options, losses: Losses) -> None:
    """Write one video to ``out`` (ends in .xml), or several to ``out/PART/VIDEO.xml``.

    Images without ``video_id`` are taken for one video; without usable ``frame_id`` they are
    numbered in the order of the file.
    """
    losses.fields(parts, ("video_id", "frame_id"), ("track_id",), scalars=True)
    losses.add("image ids (renumbered)", sum(len(p.content["images"]) for p in parts))
    losses.add("annotation ids (renumbered)", sum(len(p.content["annotations"]) for p in parts))
    videos = [(part, *video) for part in parts for video in _videos(part)]
    _refuse_shared_files(videos)
    if out.suffix == ".xml" and len(videos) != 1:
        raise InputError(f"{out}: there are {len(videos)} videos; give a folder for the files")
    for part, name, images in videos:
        own = f"{part.name}/{_file_stem(name)}.xml"
        file = out if out.suffix == ".xml" else path_to_write(out, own, f"video {name!r}")
        cvat.write_xml(_video(part, name, images, losses), file)
    labels = (out.parent if out.suffix == ".xml" else out) / "labels.json"
    with write_whole(labels) as target:
        target.write_text(json.dumps(cvat_labels.label_constructor(parts), indent=1))


def _videos(part: DatasetPart) -> Iterator[tuple[str, list[dict]]]:
    videos: dict[str, list[dict]] = {}
    for image in part.content["images"]:
        videos.setdefault(str(image.get("video_id", part.name)), []).append(image)
    yield from videos.items()


def _refuse_shared_files(videos: list[tuple[DatasetPart, str, list[dict]]]) -> None:
    taken: dict[tuple[str, str], str] = {}
    for part, name, _ in videos:
        other = taken.setdefault((part.name, _file_stem(name)), name)
        if other != name:
            raise InputError(
                f"{part.name}: videos {other!r} and {name!r} would share {_file_stem(name)}.xml; "
                "rename one"
            )


def _file_stem(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)


def _video(part: DatasetPart, name: str, images: list[dict], losses: Losses) -> ET.Element:
    frames = _frame_numbers(images, losses)
    sizes = {(int(image["width"]), int(image["height"])) for image in images}
    if len(sizes) != 1:
        raise InputError(f"video {name}: pictures have sizes {sorted(sizes)}; CVAT needs one size")
    ((width, height),) = sizes
    pattern = _name_pattern(images, frames)
    if pattern is None:
        losses.add("file names (known by frame number only)", len(images))
    root = ET.Element("annotations")
    ET.SubElement(root, "version").text = "1.1"
    meta = ET.SubElement(root, "meta")
    task = ET.SubElement(meta, "task")
    numbers = sorted(frames.values())
    step = _step(numbers)
    for tag, value in (
        ("name", name),
        ("size", len(range(numbers[0], numbers[-1] + 1, step))),
        ("mode", "interpolation"),
        ("start_frame", numbers[0]),
        ("stop_frame", numbers[-1]),
        ("frame_filter", f"step={step}"),
    ):
        ET.SubElement(task, tag).text = str(value)
    instruments = cvat_labels.write_labels(task, [part])
    size = ET.SubElement(task, "original_size")
    ET.SubElement(size, "width").text = str(width)
    ET.SubElement(size, "height").text = str(height)
    ET.SubElement(meta, "source").text = pattern or name
    losses.add(
        "frames missing from the sequence; they come back empty",
        len(range(numbers[0], numbers[-1] + 1, step)) - len(numbers),
    )
    for (track_id, category_id), shapes in _tracks(part, frames, losses):
        _write_track(root, track_id, instruments[category_id], shapes, numbers)
    return root


def _frame_numbers(images: list[dict], losses: Losses) -> dict[object, int]:
    """Image id to frame number."""
    given = [image.get("frame_id") for image in images]
    usable = all(type(f) is int and 0 <= f < MAX_FRAMES for f in given)
    usable = usable and len(set(given)) == len(given)
    if not usable:
        losses.add("frame numbers, given in the order of the file", len(images))
        given = list(range(len(images)))
    return {image["id"]: frame for image, frame in zip(images, given, strict=True)}


def _step(numbers: list[int]) -> int:
    """The largest step that reaches every frame."""
    return int(np.gcd.reduce(np.diff(numbers))) if len(numbers) > 1 else 1


def _name_pattern(images: list[dict], frames: dict[object, int]) -> str | None:
    """One pattern such as ``clip/frame_{:06d}.jpg`` that makes every file name, or None."""
    first = images[0]
    for match in reversed(list(re.finditer(r"\d+", first["file_name"]))):
        head, tail = first["file_name"][: match.start()], first["file_name"][match.end() :]
        offset = int(match[0]) - frames[first["id"]]
        shift = f"{offset:+d}" if offset else ""
        pattern = f"{head}{{:0{len(match[0])}d{shift}}}{tail}"
        if not NUMBER.search(head + tail) and all(
            fill(pattern, frames[image["id"]]) == image["file_name"] for image in images
        ):
            return pattern
    return None


def fill(pattern: str, frame: int) -> str:
    """The file name of a frame."""
    return NUMBER.sub(lambda match: f"{frame + int(match[2] or 0):0{match[1]}d}", pattern, count=1)


def _tracks(
    part: DatasetPart, frames: dict[object, int], losses: Losses
) -> list[tuple[tuple[int, int], dict[int, dict]]]:
    """(track id, category id) and its annotations by frame; ids are made unique where needed."""
    tracks: dict[tuple[object, int], dict[int, dict]] = {}
    for number, annotation in enumerate(part.content["annotations"]):
        frame = frames.get(annotation["image_id"])
        if frame is None:
            continue
        given = annotation.get("track_id")
        if given is None:
            losses.add("annotations without track_id, a track each")
        key = (("single", number) if given is None else given, annotation["category_id"])
        if frame in tracks.get(key, ()):
            losses.add("annotations that repeat a track in one frame, a track each")
            key = (("repeat", number), annotation["category_id"])
        tracks.setdefault(key, {})[frame] = annotation
    losses.add("track ids that are text, numbered", sum(isinstance(key, str) for key, _ in tracks))
    used = [key for key, _ in tracks if isinstance(key, int)]
    fresh = 1 + max(used, default=-1)
    numbered, taken = [], set()
    for (key, category_id), shapes in tracks.items():
        if not isinstance(key, int) or key in taken:
            key, fresh = fresh, fresh + 1
        taken.add(key)
        numbered.append(((key, category_id), shapes))
    return numbered


def _write_track(
    root: ET.Element,
    track_id: int,
    instrument: Category,
    shapes: dict[int, dict],
    numbers: list[int],
) -> None:
    """Skeletons of one track; where it is absent, one frame says that it is outside.

    Points stand in their skeleton, as CVAT's import wants them.
    """
    track = ET.SubElement(root, "track", id=str(track_id), label=instrument.name, source="manual")
    last = None
    for frame in numbers:
        annotation = shapes.get(frame)
        gone = annotation is None
        if gone and last is None:
            continue
        common = {"frame": str(frame), "keyframe": "1", "z_order": "0"}
        shown = last if gone else annotation
        if not instrument.keypoints:
            cvat_boxes.write_box(track, shown, ("track_id",), outside=str(int(gone)), **common)
            last = annotation
            continue
        skeleton = ET.SubElement(track, "skeleton", outside=str(int(gone)), occluded="0", **common)
        places = cvat.point_places(shown)
        for name, (x, y, v) in zip(instrument.keypoints, places, strict=True):
            ET.SubElement(
                skeleton,
                "points",
                label=name,
                outside=str(int(gone or v == 0)),
                occluded=str(int(v == 1 and not gone)),
                points=cvat.place_text(x, y),
                **common,
            )
        if not gone:
            cvat.write_attributes(skeleton, annotation, without=("track_id",))
        last = annotation
