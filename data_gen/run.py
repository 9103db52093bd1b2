"""Make the frames of a job with any number of workers, and join them into one COCO file.

Every frame leaves ``.frames/INDEX.json`` beside its picture, written last and whole: a frame that
has it is done. A run that was killed therefore goes on where it stopped, and ends with the same
dataset as an uninterrupted one.
"""

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from data_gen.assets import Assets, load_assets, load_own_models
from data_gen.gesture_clips import label_gesture_layout
from data_gen.gesture_files import clip_name, write_gestures
from data_gen.job import Job, check_job, claim_folder
from data_gen.layouts import label_layout
from data_gen.presets import load_preset, to_namespace
from data_gen.video import stored_frames, write_clip
from surgtools.annotations.coco import CocoBuilder
from surgtools.dataset_folder import ANNOTATIONS
from surgtools.engines import local, ray
from surgtools.errors import InputError
from surgtools.files import read_json, write_json, write_whole

JPEG_QUALITY = 95
_FRAMES_PER_PROCESS = 400
"""Workers are replaced after this many frames, which bounds whatever Blender does not free."""


def run_job(
    job: Job, workers: int, report: Callable[[int, int, int], None], engine: str = "local"
) -> Path:
    """Make what is missing, then join.

    Args:
        workers: processes of this machine; each renders with one thread.
        report: called with frames done, frames in all, frames found done at the start.
        engine: ``local``, or ``ray`` for the workers of a cluster.

    Returns:
        The path of ``coco_keypoints.json``.

    Raises:
        InputError: bad settings, or a worker was killed (the run can be started again).
    """
    check_job(job)
    claim_folder(job)
    indices = job.indices()
    missing = [i for i in indices if not frame_path(job, i).exists()]
    reused = len(indices) - len(missing)
    report(reused, len(indices), reused)
    for count, _ in enumerate(_make_frames(job, missing, workers, engine), start=reused + 1):
        report(count, len(indices), reused)
    if job.video and not job.labels_only:
        write_clips(job, indices)
    path = join_frames(job)
    if job.gestures:
        fps = _preset(job).motion.fps
        write_gestures(job.folder, job.seeds, indices, job.video, fps)
    for part in job.folder.rglob(".part-*"):  # what a killed run left half-written
        part.unlink(missing_ok=True)
    return path


def frame_path(job: Job, index: int) -> Path:
    """Where a frame's labels lie; they exist when the frame is done."""
    return job.folder / ".frames" / f"{index:06d}.json"


def join_frames(job: Job) -> Path:
    """Put the labels of all frames into one COCO file, in the order of their indices."""
    settings = job.settings()
    builder = CocoBuilder(
        {
            "description": f"surgtools generate {job.preset}",
            "seed": job.seed,
            "settings": settings,
        },
        load_own_models(job.models, job.taxonomy)[1].categories,
    )
    for index in job.indices():
        content = read_json(frame_path(job, index))
        content["image"].pop("rate_factor", None)  # of the clip, not of the picture
        image_id = builder.add_image(**content["image"])
        for annotation in content["annotations"]:
            builder.add_annotation(image_id, **annotation)
    path = job.folder / ANNOTATIONS
    builder.write(path)
    return path


def write_clips(job: Job, indices: list[int]) -> None:
    """Write ``DIR/SPLIT/clip_NNNN.mp4`` of every clip that is not there with all its frames."""
    for clip in sorted({index // job.video for index in indices}):
        path = job.folder / clip_name(clip)
        frames = [i for i in indices if i // job.video == clip]
        if not path.exists() or stored_frames(path) != len(frames):  # --num may have changed
            pictures = [job.folder / "images" / f"{index:06d}.jpg" for index in frames]
            rate_factor = read_json(frame_path(job, frames[0]))["image"]["rate_factor"]
            write_clip(path, pictures, _preset(job).motion.fps, rate_factor)


def write_frame(job: Job, index: int) -> None:
    """Make one frame and write picture, layer and labels; to render, Blender must be started."""
    name = f"{index:06d}.jpg"
    if job.labels_only:
        image, annotations = _label(job, index)
        labels = {"image": {"file_name": name, **image}, "annotations": annotations}
        write_json(frame_path(job, index), labels)
        return
    from data_gen.clip import make_video_frame
    from data_gen.frame import make_frame

    if job.video:
        clip, t = divmod(index, job.video)
        frame = make_video_frame(
            job.seeds, clip, t, job.video, _preset(job), _assets(job), job.view, job.gestures
        )
    else:
        frame = make_frame([*job.seeds, index], _preset(job), _assets(job), job.layers, job.view)
    height, width = frame.picture.shape[:2]
    image = {"file_name": name, "width": width, "height": height, **frame.image}
    _write_picture(job.folder / "images" / name, frame.picture)
    if frame.layer is not None:
        image["layer"] = f"{index:06d}.png"
        _write_picture(job.folder / "layers" / image["layer"], frame.layer)
    write_json(frame_path(job, index), {"image": image, "annotations": frame.annotations})


def _label(job: Job, index: int) -> tuple:
    """A layout, or a moment of a clip, that is not rendered."""
    if not job.gestures:
        return label_layout([*job.seeds, index], _preset(job), _assets(job))
    clip, t = divmod(index, job.video)
    return label_gesture_layout(job.seeds, clip, t, job.video, _preset(job), _assets(job))


def _make_frames(job: Job, missing: list[int], workers: int, engine: str) -> Iterator[int]:
    if not missing:
        return
    if engine == "ray":
        start = partial(_begin, job, None)
        yield from ray.do_items(start, missing, renew_after=_FRAMES_PER_PROCESS)
        return
    start, count = partial(_begin, job, os.getpid()), min(workers, len(missing))
    try:
        yield from local.do_items(start, missing, max(1, count), _FRAMES_PER_PROCESS)
    except BrokenProcessPool as error:
        raise InputError(
            f"{job.folder}: a worker was killed, often for lack of memory; start the same command "
            "again with fewer --workers, finished frames are kept"
        ) from error


def _begin(job: Job, parent: int | None) -> Callable[[int], int]:
    """In a worker: start Blender where it is needed, and return what makes a frame."""
    _start_worker(parent, not job.labels_only)
    return partial(_work, job)


def _start_worker(parent: int | None, renders: bool = True) -> None:
    """End with the process that wanted the frames, which a cluster sees to; start Blender."""
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    cv2.setNumThreads(1)
    if renders:
        atexit.register(os._exit, 0)  # the bpy wheel can crash while the interpreter ends
        from data_gen import blender

        blender.start_blender(threads=1)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _work(job: Job, index: int) -> int:
    write_frame(job, index)
    return index


_cache: dict = {}
"""The job that this process works on, its preset and its assets, read once."""


def _preset(job: Job):
    held = _held_of(job)
    if "preset" not in held:
        held["preset"] = to_namespace(load_preset(job.preset, job.overrides))
    return held["preset"]


def _assets(job: Job) -> Assets:
    held = _held_of(job)
    if "assets" not in held:
        assets = load_assets(
            job.backgrounds, job.hdris, job.models, job.camera, job.textures, job.taxonomy
        )
        held["assets"] = replace(assets, distance=job.view.distance if job.view else None)
    return held["assets"]


def _held_of(job: Job) -> dict:
    """What is held of a job; that of the one before it is dropped."""
    if _cache.get("job") != job:
        _cache.clear()
        _cache["job"] = job
    return _cache


def _write_picture(path: Path, pixels: np.ndarray) -> None:
    """(H, W, 3 or 4) uint8 RGB or RGBA."""
    order = [2, 1, 0, 3][: pixels.shape[2]]
    with write_whole(path) as part:
        flags = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        if path.suffix == ".png":
            flags = [cv2.IMWRITE_PNG_COMPRESSION, 3]
        cv2.imwrite(str(part), np.ascontiguousarray(pixels[..., order]), flags)
