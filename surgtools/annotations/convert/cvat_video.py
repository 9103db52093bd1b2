"""CVAT for video 1.1: one XML file per video, a skeleton track per instrument.

Pictures are known by frame number only. When file names follow one pattern with the frame number
in it, the pattern stands under ``source`` and brings the names back.
"""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.convert import cvat
from surgtools.annotations.convert.parts import PART_NAMES, Losses, Options, Part, new_builder
from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.metainfo import Instrument

_DEFAULT_NAME = "frame_{:06d}.png"
_NUMBER = re.compile(r"\{:0(\d+)d([+-]\d+)?\}")
"""Where the number stands in a file name: its digits, and what is added to the frame's."""


def write(parts: list[Part], out: Path, options: Options, losses: Losses) -> None:
    """Write one video to ``out`` (ends in .xml), or several to ``out/PART/VIDEO.xml``.

    Images without ``video_id`` are taken for one video; without usable ``frame_id`` they are
    numbered in the order of the file.
    """
    losses.fields(parts, ("video_id", "frame_id"), ("track_id",), scalars=True)
    losses.add("image ids (renumbered)", sum(len(p.content["images"]) for p in parts))
    losses.add("annotation ids (renumbered)", sum(len(p.content["annotations"]) for p in parts))
    videos = [(part, *video) for part in parts for video in _videos(part)]
    if out.suffix == ".xml" and len(videos) != 1:
        raise InputError(f"{out}: there are {len(videos)} videos; give a folder for the files")
    for part, name, images in videos:
        file = out if out.suffix == ".xml" else out / part.name / f"{_file_stem(name)}.xml"
        root = _video(part, name, images, losses)
        ET.indent(root)
        with write_whole(file) as target:
            ET.ElementTree(root).write(target, encoding="utf-8", xml_declaration=True)
    labels = (out.parent if out.suffix == ".xml" else out) / "labels.json"
    with write_whole(labels) as target:
        target.write_text(json.dumps(cvat.label_constructor(parts), indent=1))


def read(path: Path, options: Options, losses: Losses) -> list[Part]:
    """Read one XML file, or all in a folder; its subfolders are the parts.

    Raises:
        InputError: broken XML, no file, or a track that its label does not explain.
    """
    files = sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: holds no .xml file")
    groups: dict[str, list[tuple[Path, ET.Element]]] = {}
    for file in files:
        inner = path.is_dir() and file.parent != path
        part = file.parent.name if inner else PART_NAMES[0]
        groups.setdefault(part, []).append((file, cvat.parse_xml(file)))
    parts = []
    for part, videos in groups.items():
        labels: dict[str, list[str]] = {}
        for file, root in videos:
            labels.update(cvat.read_labels(root.find("meta"), str(file)))
        builder, ids = new_builder(labels, {"converted_from": str(path)})
        for file, root in videos:
            _read_video(file, root, builder, ids, losses)
        folder = videos[0][0].parent
        folder = folder / "images" if (folder / "images").is_dir() else folder
        parts.append(Part(part, builder.to_dict(), options.images or folder))
    return parts


def _videos(part: Part) -> Iterator[tuple[str, list[dict]]]:
    videos: dict[str, list[dict]] = {}
    for image in part.content["images"]:
        videos.setdefault(str(image.get("video_id", part.name)), []).append(image)
    yield from videos.items()


def _file_stem(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)


def _video(part: Part, name: str, images: list[dict], losses: Losses) -> ET.Element:
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
    instruments = cvat.write_labels(task, [part])
    size = ET.SubElement(task, "original_size")
    ET.SubElement(size, "width").text = str(width)
    ET.SubElement(size, "height").text = str(height)
    ET.SubElement(meta, "source").text = pattern or name
    losses.add(
        "frames missing from the sequence; they come back empty",
        len(range(numbers[0], numbers[-1] + 1, step)) - len(numbers),
    )
    for number, (label_id, shapes) in enumerate(_tracks(part, frames, losses)):
        key, category_id = label_id
        track_id = key if isinstance(key, int) else number
        instrument = instruments[category_id]
        _write_track(root, track_id, instrument, shapes, numbers)
    return root


def _frame_numbers(images: list[dict], losses: Losses) -> dict[object, int]:
    """Image id to frame number."""
    given = [image.get("frame_id") for image in images]
    usable = all(isinstance(f, int) and f >= 0 for f in given) and len(set(given)) == len(given)
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
        if not _NUMBER.search(head + tail) and all(
            _fill(pattern, frames[image["id"]]) == image["file_name"] for image in images
        ):
            return pattern
    return None


def _fill(pattern: str, frame: int) -> str:
    return _NUMBER.sub(
        lambda match: f"{frame + int(match[2] or 0):0{match[1]}d}", pattern, count=1
    )


def _tracks(
    part: Part, frames: dict[object, int], losses: Losses
) -> list[tuple[tuple[object, int], dict[int, dict]]]:
    """(track, category id) and its annotations by frame; ids are made unique where needed."""
    tracks: dict[tuple[object, int], dict[int, dict]] = {}
    for number, annotation in enumerate(part.content["annotations"]):
        frame = frames.get(annotation["image_id"])
        if frame is None:
            continue
        given = annotation.get("track_id")
        if given is None:
            losses.add("annotations without track_id, a track each")
        key = (given if isinstance(given, int) else f"single {number}", annotation["category_id"])
        if frame in tracks.get(key, ()):
            losses.add("annotations that repeat a track in one frame, a track each")
            key = (f"repeat {number}", annotation["category_id"])
        tracks.setdefault(key, {})[frame] = annotation
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
    instrument: Instrument,
    shapes: dict[int, dict],
    numbers: list[int],
) -> None:
    """Skeletons of one track; where it is absent, one frame says that it is outside."""
    track = ET.SubElement(root, "track", id=str(track_id), label=instrument.name, source="manual")
    points = [
        ET.Element("track", id=str(n), label=name, source="manual")
        for n, name in enumerate(instrument.keypoints)
    ]
    last = None
    for frame in numbers:
        annotation = shapes.get(frame)
        gone = annotation is None
        if gone and last is None:
            continue
        common = {"frame": str(frame), "keyframe": "1", "z_order": "0"}
        shown = last if gone else annotation
        skeleton = ET.SubElement(track, "skeleton", outside=str(int(gone)), occluded="0", **common)
        if not gone:
            cvat.write_attributes(skeleton, annotation, without=("track_id",))
        for element, (x, y, v) in zip(points, cvat.point_places(shown), strict=True):
            ET.SubElement(
                element,
                "points",
                outside=str(int(gone or v == 0)),
                occluded=str(int(v == 1 and not gone)),
                points=cvat.place_text(x, y),
                **common,
            )
        last = annotation
    track.extend(points)


def _read_video(
    file: Path, root: ET.Element, builder: CocoBuilder, ids: dict[str, int], losses: Losses
) -> None:
    task = root.find("meta/task")
    width = _whole(task, "original_size/width", file)
    height = _whole(task, "original_size/height", file)
    start, stop = _whole(task, "start_frame", file), _whole(task, "stop_frame", file)
    step = re.fullmatch(r"step=(\d+)", (task.findtext("frame_filter") or "").strip())
    step = max(1, int(step[1])) if step else 1
    shapes = [s for t in root.findall("track") for s in t if s.get("frame") is not None]
    frames = set(range(start, stop + 1, step))
    frames |= {cvat.number(shape, "frame", str(file)) for shape in shapes}
    pattern = root.findtext("meta/source") or ""
    if not _NUMBER.search(pattern):
        pattern = _DEFAULT_NAME
    video = task.findtext("name") or file.stem
    video_id = int(video) if video.isdigit() else video
    image_ids = {
        frame: builder.add_image(
            _fill(pattern, frame), width, height, video_id=video_id, frame_id=frame
        )
        for frame in sorted(frames)
    }
    found = []
    for track in root.findall("track"):
        label, where = track.get("label"), f"{file}: track {track.get('id')}"
        skeletons = track.findall("skeleton")
        if not skeletons:
            losses.add(f"tracks of <{track[0].tag if len(track) else 'nothing'}>, no skeletons")
            continue
        if label not in ids:
            raise InputError(f"{where}: skeleton {label!r} is no label of type skeleton")
        instrument = builder.instruments[ids[label]]
        points = {
            str(part.get("label")): _by_frame(part, "points", where)
            for part in track.findall("track")
        }
        for skeleton in skeletons:
            if skeleton.get("outside") == "1":
                continue
            frame = cvat.number(skeleton, "frame", where)
            places = {
                name: cvat.read_point(point, f"{where}: {name} in frame {frame}")
                for name, shapes in points.items()
                if (point := _latest(shapes, frame)) is not None
            }
            keypoints = cvat.order_points(places, instrument, losses)
            attributes = cvat.read_attributes(skeleton)
            place = f"{where}: frame {frame}"
            box = cvat.read_box(keypoints, attributes, (width, height), losses, place)
            track_id = cvat.number(track, "id", where)
            extra = {"track_id": track_id, **attributes}
            found.append((frame, instrument.id, keypoints, box, extra))
    for frame, category_id, keypoints, box, extra in sorted(found, key=lambda f: f[0]):
        builder.add_annotation(image_ids[frame], category_id, keypoints, box, **extra)


def _by_frame(track: ET.Element, tag: str, where: str) -> dict[int, ET.Element]:
    return {cvat.number(shape, "frame", where): shape for shape in track.findall(tag)}


def _latest(shapes: dict[int, ET.Element], frame: int) -> ET.Element | None:
    """The shape of a frame; CVAT leaves frames out in which nothing changed."""
    if frame in shapes:
        return shapes[frame]
    before = [number for number in shapes if number < frame]
    return shapes[max(before)] if before else None


def _whole(task: ET.Element | None, path: str, file: Path) -> int:
    text = task.findtext(path) if task is not None else None
    try:
        return int(text)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"{file}: <meta><task> has {path} {text!r}; a whole number is expected, export it as "
            "CVAT for video 1.1"
        ) from error
