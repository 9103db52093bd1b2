"""predictions.json of ``surgtools predict``, and COCO results lists, for correcting by hand."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from surgtools.annotations.check.field_values import LARGEST, is_id
from surgtools.annotations.check.writable import shorten
from surgtools.annotations.coco import CocoBuilder
from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, Options, picture_size
from surgtools.annotations.pictures import read_picture
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.moved_files import shortest_names
from surgtools.safe_names import nearest_below, path_to_read
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.coco_categories import from_coco_categories

HIDDEN_BELOW = 0.5
"""A keypoint whose predicted visibility is lower is written as hidden (v = 1)."""


def read(path: Path, options: Options, losses: Losses) -> list[DatasetPart]:
    """Read predictions.json as COCO content with scores.

    Frames of a video become images ``STEM_000012.jpg``, as ``surgtools data frames`` names them,
    with ``video_id`` and ``frame_id``. Of videos with one name the folders that tell them apart
    stand before it, in the name and in ``video_id``: ``FOLDER/STEM_000012.jpg``.

    Raises:
        InputError: no predictions, a picture whose size nobody knows, or two pictures that would
            be called the same.
    """
    file = path / "predictions.json" if path.is_dir() else path
    content = read_json(file)
    rows = content.get("instance_info") if isinstance(content, dict) else None
    if not isinstance(rows, list):
        raise InputError(f"{file}: lacks the list `instance_info`; give what `predict` wrote")
    root = options.images or file.parent
    taxonomy = options.taxonomy or _taxonomy_of(content, str(file))
    builder = CocoBuilder({"converted_from": str(path)}, taxonomy.categories)
    video_ids = _video_ids(rows)
    taken: dict[str, str] = {}
    for number, row in enumerate(rows):
        where = f"{file}: entry {number} of instance_info"
        if not isinstance(row, dict) or not isinstance(row.get("instances"), list):
            raise InputError(f"{where} has no instances; give what `predict` wrote")
        name, extra = _name_of(row, root, video_ids, where)
        given = row["video"] if extra else row["image"]
        if name in taken:
            if taken[name] != given:
                raise InputError(
                    f"{where}: {taken[name]} and {given} would both be called {name}; give "
                    "--images the folder that holds both in folders of their own"
                )
            losses.add("pictures that were predicted a second time")
            continue
        taken[name] = given
        size = _size_of(row, root, name, options, where)
        image_id = builder.add_image(name, *size, **extra)
        for instance in row["instances"]:
            _add_instance(builder, taxonomy, image_id, instance, size, options, where, losses)
    return [DatasetPart(PARTS[0], builder.to_dict(), root)]


def write_results(parts: list[DatasetPart], out: Path, options: Options, losses: Losses) -> None:
    """Write a COCO results list: the annotations that have a score (without one: score 1)."""
    if out.suffix != ".json":
        raise InputError(f"{out}: a results list is one file; end its name in .json")
    results = []
    for part in parts:
        for annotation in part.content["annotations"]:
            score = annotation.get("score", 1.0)
            triples = np.array(annotation.get("keypoints") or [], dtype=float).reshape(-1, 3)
            triples[:, 2] = np.where(triples[:, 2] > 0, score, 0)
            keypoints = annotation.get("keypoint_scores")
            if isinstance(keypoints, list) and len(keypoints) == len(triples):
                triples[:, 2] = keypoints
            results.append(
                {
                    "image_id": annotation["image_id"],
                    "category_id": annotation["category_id"],
                    "bbox": annotation["bbox"],
                    "score": score,
                    "keypoints": triples.ravel().tolist(),
                }
            )
    losses.add("images and categories; keep the COCO file", len(parts))
    losses.add("visibility; the third number is a score", len(results))
    write_json(out, results)


def _taxonomy_of(content: dict, where: str) -> Taxonomy:
    """What the networks that predicted were trained for; the built-in one where it is not said."""
    meta = content.get("meta_info")
    categories = meta.get("categories") if isinstance(meta, dict) else None
    if not isinstance(categories, list) or not categories:
        return SURGICAL
    return from_coco_categories(categories, "predictions", where)[0]


def _video_ids(rows: list) -> dict[str, str]:
    """What each video is called: its stem, with folders before it where several have it."""
    videos = (row.get("video") for row in rows if isinstance(row, dict))
    below = {video: nearest_below(video) for video in videos if isinstance(video, str)}
    short = shortest_names(dict.fromkeys(below.values()), by_stem=True)
    return {video: short[name] for video, name in below.items()}


def _name_of(
    row: dict, root: Path, video_ids: Mapping[str, str], where: str
) -> tuple[str, dict[str, Any]]:
    """The file name of a row's picture; of a frame also ``video_id`` and ``frame_id``."""
    if isinstance(row.get("video"), str):
        video, frame = video_ids[row["video"]], row.get("frame_id")
        frame = 0 if frame is None else frame
        if not is_id(frame) or frame < 0:
            raise InputError(f"{where} has frame_id {shorten(frame)}; a number from 0 on")
        return f"{video}_{frame:06d}.jpg", {"video_id": video, "frame_id": frame}
    if isinstance(row.get("image"), str):
        return _name_in(root, row["image"]), {}
    raise InputError(f"{where} names neither image nor video")


def _size_of(row: dict, root: Path, name: str, options: Options, where: str) -> tuple[int, int]:
    """Width and height, as the row says them or as the picture has them."""
    if row.get("width") is None or row.get("height") is None:
        try:
            picture = path_to_read(root, name, where, options.allow_outside)
            height, width = read_picture(picture).shape[:2]
        except InputError as error:
            raise InputError(
                f"{where}: the size of {name!r} is not known; name the folder of the pictures "
                "with --images (frames of a video: `surgtools data frames`)"
            ) from error
    else:
        width, height = row["width"], row["height"]
    return picture_size(width, height, where)


def _name_in(root: Path, given: str) -> str:
    """What a picture is called in the folder, wherever it lay when it was predicted."""
    inside = os.path.isabs(given) and Path(given).is_relative_to(root)
    name = str(Path(given).relative_to(root)) if inside else nearest_below(given)
    base = name.rpartition("/")[2]
    if not os.path.isfile(root / name) and os.path.isfile(root / base):
        return base
    return name


def _add_instance(
    builder: CocoBuilder,
    taxonomy: Taxonomy,
    image_id: int,
    instance: object,
    size: tuple[int, int],
    options: Options,
    where: str,
    losses: Losses,
) -> None:
    try:
        instrument = taxonomy.get(instance["category_id"])
        box = np.array(instance["bbox"], dtype=float).reshape(2, 2)
        xy = np.array(instance.get("keypoints", []), dtype=float)
        xy = xy.reshape(instrument.num_keypoints, 2)
        scores = np.array(instance.get("keypoint_scores", []), dtype=float).reshape(len(xy))
        visible = np.array(instance.get("keypoint_visible") or np.ones(len(xy)), dtype=float)
        visible = visible.reshape(len(xy))
        box_score = float(instance.get("bbox_score", 1))
        numbers = (box, xy, scores, visible, box_score)
        if not all((np.abs(values) < LARGEST).all() for values in numbers):
            raise ValueError("a number is not finite")
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        reason = shorten(error)
        raise InputError(f"{where} has a broken instance ({reason}); predict again") from error
    if box_score < options.bbox_thr:
        losses.add(f"instances with a score below {options.bbox_thr:g}")
        return
    low, high = np.clip(box, 0, size)
    if (low >= high).any():
        losses.add("instances outside their picture")
        return
    inside = ((xy >= 0) & (xy <= np.array(size) - 1)).all(axis=1)
    labelled = inside & (scores >= options.kpt_thr)
    losses.add("keypoints outside their picture, now v = 0", int((~inside).sum()))
    v = np.where(labelled, np.where(visible < HIDDEN_BELOW, 1, 2), 0)
    score = box_score * (float(np.clip(scores, 0, 1).mean()) if len(scores) else 1.0)
    extra = {"score": round(score, 5), "keypoint_scores": np.round(scores, 4).tolist()}
    if is_id(instance.get("track_id")):
        extra["track_id"] = instance["track_id"]
    keypoints = np.column_stack([xy, v])
    builder.add_annotation(image_id, instrument.id, keypoints, [*low, *(high - low)], **extra)
