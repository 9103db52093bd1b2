"""predictions.json of ``surgtools predict``: frames that name their picture."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from surgtools.errors import InputError
from surgtools.evaluation.readers.picture_index import PictureIndex, left_out_note
from surgtools.taxonomy import SURGICAL, Taxonomy


def frames_to_rows(
    content: Any, ground_truth: Mapping, name: str, taxonomy: Taxonomy = SURGICAL
) -> tuple[list[dict], list[str]]:
    """Read ``{"instance_info": [{"image" or "video" and "frame_id", "instances": [...]}]}``.

    Keypoints may stand in the category's own order or in the union layout. The score is box score
    times mean keypoint score.

    Args:
        content: of the file that messages call ``name``.
        ground_truth: COCO content, which gives image ids.

    Returns:
        COCO results, and notes on what was left out.

    Raises:
        InputError: not of this form; an instance without category (MMPose's own inferencer drops
            it) or with a wrong keypoint count.
    """
    frames = content.get("instance_info") if isinstance(content, dict) else None
    if not isinstance(frames, list):
        raise InputError(f"{name}: has no list `instance_info`; give predictions.json of predict")
    index = PictureIndex(ground_truth)
    named = [_named(frame, f"{name}: frame {number}") for number, frame in enumerate(frames)]
    images = index.find_all(picture for picture, frame_id in named if frame_id is None)
    videos = index.find_videos(video for video, frame_id in named if frame_id is not None)
    rows, unknown = [], []
    for number, (frame, (picture, frame_id)) in enumerate(zip(frames, named, strict=True)):
        if frame_id is None:
            image = images.get(picture)
        else:
            image = index.find_frame(videos.get(picture, ""), frame_id)
            picture = f"{picture} frame {frame_id}"
        if image is None:
            unknown.append(picture)
            continue
        where = f"{name}: frame {number}"
        rows += [to_row(entry, image["id"], where, taxonomy) for entry in frame["instances"]]
    return rows, left_out_note(unknown, len(frames) - len(unknown), name)


def _named(frame: Any, where: str) -> tuple[str, int | None]:
    """The picture that a frame is, or the video and its number there."""
    if not isinstance(frame, dict) or not isinstance(frame.get("instances"), list):
        raise InputError(f"{where} has no list `instances`; write the file again")
    if "image" in frame:
        return str(frame["image"]), None
    if "video" in frame and "frame_id" in frame:
        if not isinstance(frame["frame_id"], int):
            raise InputError(
                f"{where}: frame_id {frame['frame_id']!r}; a whole number is expected"
            )
        return str(frame["video"]), frame["frame_id"]
    raise InputError(f"{where} names neither image nor video and frame_id; write the file again")


def to_row(entry: Mapping, image_id: int, where: str, taxonomy: Taxonomy = SURGICAL) -> dict:
    """One instance as a COCO result; ``where`` stands in the messages.

    Args:
        entry: ``category_id``, ``bbox`` (xyxy in image pixels, also as [[x1, y1, x2, y2]]),
            ``bbox_score``, ``keypoints``, ``keypoint_scores`` and perhaps ``keypoint_visible``
            and ``keypoints_3d``.

    Raises:
        InputError: a field is missing or of another form.
    """
    if isinstance(entry, Mapping) and "category_id" in entry:
        own = taxonomy.get(entry["category_id"], where)
        if not own.num_keypoints:  # a box only
            entry = {"keypoints": [], "keypoint_scores": [], **entry}
    needed = {"category_id", "bbox", "bbox_score", "keypoints", "keypoint_scores"}
    missing = sorted(needed - entry.keys()) if isinstance(entry, Mapping) else sorted(needed)
    if missing:
        why = " (MMPose's own inferencer drops the category)" if "category_id" in missing else ""
        raise InputError(
            f"{where}: an instance lacks {', '.join(missing)}; write it with `surgtools predict`"
            f"{why}"
        )
    instrument = taxonomy.get(entry["category_id"], where)
    posed = instrument.num_keypoints > 0
    keypoints = _numbers(entry, "keypoints", where, posed)
    if len(keypoints) % 2:
        raise InputError(
            f"{where}: keypoints are {len(keypoints)} numbers; [[x, y], ...] is expected"
        )
    keypoints, scores = keypoints.reshape(-1, 2), _numbers(entry, "keypoint_scores", where, posed)
    visible = entry.get("keypoint_visible")
    if visible is not None:
        visible = _numbers(entry, "keypoint_visible", where, posed)
        if len(visible) != len(scores):
            raise InputError(
                f"{where}: {len(visible)} keypoint_visible for {len(scores)} keypoint_scores; one "
                "for each is expected"
            )
    if len(keypoints) == len(scores) == taxonomy.num_slots != instrument.num_keypoints:
        keypoints = taxonomy.from_union(keypoints[None], instrument.id)[0]
        scores = taxonomy.from_union(scores[None], instrument.id)[0]
        visible = None if visible is None else taxonomy.from_union(visible[None], instrument.id)[0]
    if not len(keypoints) == len(scores) == instrument.num_keypoints:
        raise InputError(
            f"{where}: an instance has {len(keypoints)} keypoints and {len(scores)} scores, "
            f"{instrument.name} defines {instrument.num_keypoints}; write the file again"
        )
    box = _numbers(entry, "bbox", where)
    score, *more = _numbers(entry, "bbox_score", where)
    if len(box) != 4 or more:
        raise InputError(
            f"{where}: bbox {entry['bbox']}; [x1, y1, x2, y2] and a score is expected"
        )
    x1, y1, x2, y2 = box.tolist()
    row = {
        "image_id": image_id,
        "category_id": instrument.id,
        "bbox": [x1, y1, x2 - x1, y2 - y1],
        "score": float(score * np.clip(scores, 0, 1).mean()) if posed else float(score),
        "bbox_score": float(score),
        "keypoints": np.column_stack([keypoints, scores]).ravel().tolist(),
    }
    if visible is not None:
        row["keypoint_visible"] = visible.tolist()
    if entry.get("keypoints_3d") is not None:
        row["keypoints_3d"] = _places(entry, instrument.num_keypoints, where)
    return row


def _places(entry: Mapping, count: int, where: str) -> list[list[float]]:
    """(k, 3) meters from the root."""
    places = _numbers(entry, "keypoints_3d", where)
    if len(places) != 3 * count:
        raise InputError(
            f"{where}: keypoints_3d are {len(places)} numbers; three for each of {count} "
            "keypoints are expected"
        )
    return places.reshape(-1, 3).tolist()


def _numbers(entry: Mapping, name: str, where: str, some: bool = True) -> np.ndarray:
    """One field as flat numbers; at least one if there must be ``some``."""
    try:
        values = np.asarray(entry[name], dtype=float).ravel()
    except (TypeError, ValueError):
        values, some = np.zeros(0), True
    if (some and not len(values)) or not np.isfinite(values).all():
        raise InputError(f"{where}: {name} {entry[name]!r:.60}; finite numbers are expected")
    return values
