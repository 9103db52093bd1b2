"""Read CVAT for video 1.1, exported from a task, a job or a whole project.

The points of a skeleton stand in it, or, as CVAT before 2.3 wrote them, in tracks of their own
below it; the newest shape of a point counts until the next one.
"""

import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np

from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.convert import cvat, cvat_boxes, cvat_labels
from surgtools.annotations.convert.cvat_tasks import CvatVideo, find_videos, keep_names_apart
from surgtools.annotations.convert.cvat_video import fill
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options, add_instance
from surgtools.annotations.convert.foreign_categories import new_builder
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError
from surgtools.taxonomy import Category


def read(path: Path, options: Options, losses: Losses) -> list[DatasetPart]:
    """Read one XML file, or all in a folder; its subfolders, or CVAT's subsets, are the parts.

    Raises:
        InputError: broken XML, no file, or a track that its label does not explain.
    """
    files = sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{path}: holds no .xml file")
    labels: dict[str, list[str]] = {}  # of all parts: a category has one id in all of them
    edges: dict[str, list[tuple[str, str]]] = {}
    groups: dict[str, list[CvatVideo]] = {}
    for file in files:
        inner = path.is_dir() and file.parent != path
        root = cvat.parse_xml(file)
        boxes = cvat_boxes.labels_of_boxes(root)
        own = cvat_labels.read_labels(root.find("meta"), str(file), boxes)
        edges |= cvat_labels.read_edges(root.find("meta"))
        for video in find_videos(root, file, file.parent.name if inner else PARTS[0], losses):
            groups.setdefault(video.part, []).append(video)
        for label, points in own.items():
            labels[label] = list(dict.fromkeys([*labels.get(label, ()), *points]))
    parts = []
    for part, videos in groups.items():
        builder, ids = new_builder(labels, {"converted_from": str(path)}, options.taxonomy, edges)
        for video in keep_names_apart(videos):
            _read_video(video, builder, ids, losses)
        folder = videos[0].file.parent
        folder = folder / "images" if (folder / "images").is_dir() else folder
        parts.append(DatasetPart(part, builder.to_dict(), options.images or folder))
    return parts


def _read_video(
    video: CvatVideo, builder: CocoBuilder, ids: dict[str, int], losses: Losses
) -> None:
    image_ids = {
        frame: builder.add_image(
            fill(video.pattern, frame), *video.size, video_id=video.video_id, frame_id=frame
        )
        for frame in video.frames
    }
    found = []
    for track in video.tracks:
        label, where = track.get("label"), f"{video.file}: track {track.get('id')}"
        skeletons, boxes = track.findall("skeleton"), track.findall("box")
        if not skeletons and not boxes:
            tag = track[0].tag if len(track) else "nothing"
            losses.add(f"tracks of <{tag}>, which are no skeletons and no boxes")
            continue
        if label not in ids:
            raise InputError(f"{where}: {label!r} is no label of the file")
        instrument = builder.instruments[ids[label]]
        points = _points_by_label(track, where)
        track_id = cvat.number(track, "id", where)
        for skeleton in skeletons:
            if _is_gone(skeleton):
                continue
            given = cvat.number(skeleton, "frame", where)
            keypoints = _keypoints(points, given, instrument, where, losses)
            attributes = cvat.read_attributes(skeleton)
            place = f"{where}: frame {given}"
            box = cvat.take_skeleton_box(keypoints, attributes, video.size, losses, place)
            extra = {"track_id": track_id, **attributes}
            frame = given - video.frame_offset
            found.append((frame, (image_ids[frame], instrument.id), keypoints, box, extra))
        for shape in boxes:
            if shape.get("outside") == "1":
                continue
            given = cvat.number(shape, "frame", where)
            box, attributes = cvat_boxes.read_box(shape, f"{where}: frame {given}")
            extra, frame = {"track_id": track_id, **attributes}, given - video.frame_offset
            place = (image_ids[frame], instrument.id)
            found.append((frame, place, np.zeros((instrument.num_keypoints, 3)), box, extra))
    for _, place, keypoints, box, extra in sorted(found, key=lambda f: f[0]):
        add_instance(builder, place, keypoints, box, extra, losses)


def _points_by_label(track: ET.Element, where: str) -> dict[str, dict[int, ET.Element]]:
    """Label of a point to its shapes by frame."""
    points: dict[str, dict[int, ET.Element]] = {}
    for inner in track.findall("track"):
        shapes = points.setdefault(str(inner.get("label")), {})
        shapes.update(
            {cvat.number(shape, "frame", where): shape for shape in inner.iter("points")}
        )
    for skeleton in track.findall("skeleton"):
        frame = cvat.number(skeleton, "frame", where)
        for shape in skeleton.findall("points"):
            points.setdefault(str(shape.get("label")), {})[frame] = shape
    return points


def _is_gone(skeleton: ET.Element) -> bool:
    """Whether the instrument is not in the picture.

    CVAT before 2.3 said so of the skeleton, since then every point of it is outside.
    """
    if skeleton.get("outside") is not None:
        return skeleton.get("outside") == "1"
    points = skeleton.findall("points")
    return bool(points) and all(point.get("outside") == "1" for point in points)


def _keypoints(
    points: dict[str, dict[int, ET.Element]],
    frame: int,
    instrument: Category,
    where: str,
    losses: Losses,
) -> np.ndarray:
    """(k, 3) x, y, v in one frame."""
    places = {
        name: cvat.read_point(point, f"{where}: {name} in frame {frame}")
        for name, shapes in points.items()
        if (point := _latest(shapes, frame)) is not None
    }
    return cvat.order_points(places, instrument, losses)


def _latest(shapes: dict[int, ET.Element], frame: int) -> ET.Element | None:
    """The shape of a frame; CVAT leaves frames out in which nothing changed."""
    if frame in shapes:
        return shapes[frame]
    before = [number for number in shapes if number < frame]
    return shapes[max(before)] if before else None
