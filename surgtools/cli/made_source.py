"""Make the labelled source set that ``adapt`` needs, for a user who has none.

A few pictures of each preset show which presets look most like the target; of those as many are
rendered as the machine makes in a while. They are kept, and used again for similar targets.
"""

import os
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from surgtools.adaptation.frames.nearest_sets import nearest_sets, picture_statistics
from surgtools.cli.generate import start_generator
from surgtools.dataset_folder import ANNOTATIONS, annotation_file
from surgtools.errors import InputError
from surgtools.hosts.downloads import cache_folder

PRESETS = ("tabletop", "theatre", "suturing")
"""Whole scenes; the other presets are variants of these, or layers to be pasted."""

SAMPLES = 6
"""Pictures of each preset that are compared with the target."""

TAKEN = 2
"""Presets that the set is rendered from."""

MINUTES = 20
"""How long rendering may take, about."""

FEWEST, MOST = 60, 400
"""Training pictures of the set; a sixth as many come on top for validation."""

FRAMES = 24
"""Frames of the target that are looked at."""


def make_source(
    targets: Sequence[str | Path],
    tell: Callable[[str], None] = print,
    render: Callable[[dict], int] = start_generator,
) -> Path:
    """A dataset folder with ``train`` and ``val`` that looks like the targets.

    Args:
        targets: pictures, folders, videos.
        tell: takes a line about what is being done.
        render: a request to the generator's exit code.

    Raises:
        InputError: no target can be read, or the generator fails.
    """
    frames = first_frames(targets)
    root = cache_folder() / "sources"
    seconds, described = [], {}
    for number, preset in enumerate(PRESETS):
        folder = root / "samples" / preset
        start = time.perf_counter()
        if _render(render, folder, preset, SAMPLES, 7000 + number, "val"):
            seconds.append((time.perf_counter() - start) / SAMPLES)
        described[preset] = picture_statistics(_pictures(folder / "val"))
    nearest = nearest_sets(picture_statistics(frames), described, TAKEN)
    out = root / "-".join(nearest)
    if annotation_file(out, "train").is_file() and annotation_file(out, "val").is_file():
        tell(f"no --source: using the set of {' and '.join(nearest)} in {out}")
        return out
    num = num_pictures(float(np.mean(seconds)) if seconds else None)
    tell(
        f"no --source: rendering {num} pictures of the presets nearest to the target, "
        f"{' and '.join(nearest)}, to {out}; they are used again"
    )
    for split, count, seed in (("val", max(20, num // 6), 7200), ("train", num, 7100)):
        _render_joined(render, out, nearest, count, seed, split)
    return out


def first_frames(targets: Sequence[str | Path]) -> list[np.ndarray]:
    """A few frames from all targets.

    Raises:
        InputError: none can be read.
    """
    from surgtools.prediction.frame_reader import read_frames
    from surgtools.prediction.sources import find_sources

    problems: list = []
    sources = find_sources([str(target) for target in targets], problems.append)
    step = max(1, len(sources) // FRAMES)
    each = max(1, FRAMES // max(1, len(sources)))
    frames = read_frames(sources[::step], problems.append, 10, each)
    images = [frame.image for frame in frames]
    if not images:
        raise InputError(
            "; ".join(f"{p.source}: {p.message}" for p in problems)
            or "the target holds no picture; give pictures or video"
        )
    return images


def num_pictures(seconds: float | None) -> int:
    """How many training pictures are made where one takes so many seconds; None is unknown."""
    if seconds is None:
        return FEWEST
    return int(np.clip(60 * MINUTES / max(seconds, 1e-3) * 6 / 7, FEWEST, MOST))


def _render_joined(
    render: Callable[[dict], int],
    out: Path,
    presets: Sequence[str],
    count: int,
    seed: int,
    split: str,
) -> None:
    """Render a share of each preset, then join them; a part that is there is not made again."""
    from surgtools.annotations.merge import merge_files

    if annotation_file(out, split).is_file():
        return
    parts = []
    for number, preset in enumerate(presets):
        part = out / "parts" / preset
        _render(render, part, preset, -(-count // len(presets)), seed + number, split)
        parts.append(annotation_file(part, split))
    merge_files(parts, annotation_file(out, split), pictures="link")


def _render(
    render: Callable[[dict], int], out: Path, preset: str, num: int, seed: int, split: str
) -> bool:
    """Whether pictures were rendered; they are not where they lie already.

    Raises:
        InputError: the generator fails.
    """
    if annotation_file(out, split).is_file():
        return False
    out.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(out).free < 1 << 30:
        raise InputError(f"{out}: less than 1 GB is free; make room, or give --source DATASET")
    request = {
        "task": "frames",
        "preset": preset,
        "out": str(out),
        "num": num,
        "seed": seed,
        "split": split,
        "workers": os.cpu_count() or 1,
        "layers": True,
        "card": False,
    }
    if render(request) or not annotation_file(out, split).is_file():
        raise InputError(
            f"{out}: the generator could not make {split}/{ANNOTATIONS}, see above; give the "
            "labelled dataset that the networks were trained on with --source DATASET"
        )
    return True


def _pictures(folder: Path) -> list[np.ndarray]:
    from surgtools.images import pictures_below, read_image

    return [read_image(path) for path in pictures_below(folder / "images")]
