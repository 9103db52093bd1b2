"""How much the quickstart renders and trains, so that it ends in time on this machine.

The unit of time is one rendered picture, with all cores at work. The first render measures it;
what everything else costs in this unit is estimated from earlier runs. Each step that is done
tells how far that was off, and what is still to come is made smaller where it would end too late.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from surgtools.files import read_json, write_json

WHOLE_S = 20 * 60
"""The short chain is to end within this time, counted from the end of the environment."""

TYPICAL_S = 3.0
"""A picture on two cores, before it was measured."""


@dataclass(frozen=True)
class Sizes:
    """Numbers of pictures, epochs and frames.

    Attributes:
        train, val: rendered pictures to train on and to score on.
        video_frames: of the rendered video; 0 renders none.
        detector_epochs, pose_epochs: length of the trainings.
        adapt_epochs, adapt_length, adapt_frames: of the adaptation: epochs, pictures in each, and
            frames to take.
    """

    train: int
    val: int
    video_frames: int
    detector_epochs: int
    pose_epochs: int
    adapt_epochs: int
    adapt_length: int
    adapt_frames: int


FULL = Sizes(320, 48, 60, 12, 14, 2, 160, 150)
LEAST = Sizes(24, 40, 0, 3, 4, 1, 160, 70)
MOST = replace(LEAST, train=240)
"""Of the short chain; between the two, only the pictures to train on differ."""

STEP = 8
"""Pictures by which the sizes differ."""

PLANNED = 0.85
"""Share of the time that is left which ``fit`` plans with: estimates err."""

SMALLER = (
    ("adapt_length", "adapt", 16),
    ("pose_epochs", "pose", 1),
    ("detector_epochs", "detector", 1),
    ("adapt_epochs", "adapt", 0),
)
"""What is made smaller, in this order: the size, its step, and its least. No epoch of the
adaptation leaves it out. Its frames stay as they are: of fewer the guards have not enough, and of
fewer pictures to score on the thresholds."""

BEFORE = ("samples", "sample_clip", "yours_shipped", "doctor", "render_val")
"""Steps up to the first render."""


def units(sizes: Sizes, own: bool = False) -> dict[str, float]:
    """Name of each step to its time in rendered pictures; commands have a start, too.

    Args:
        own: whether there are pictures of the user.
    """
    start = 4.0  # torch and the networks are loaded
    adapt = (
        6 * start
        + 0.8 * sizes.val
        + 0.8 * sizes.adapt_frames
        + 0.3 * sizes.adapt_epochs * sizes.adapt_length
    )
    found = {
        "samples": 5.0,
        "sample_clip": 6.0,
        "yours_shipped": 10.0,
        "doctor": 2 * start,
        "render_val": start + sizes.val,
        "render_train": start + sizes.train,
        "labels": 2.0,
        "render_video": start + sizes.video_frames,
        "detector": 2 * start + 0.06 * sizes.train * sizes.detector_epochs,
        "pose": 2 * start + 0.09 * sizes.train * sizes.pose_epochs,
        "test": 2 * start + 0.1 * sizes.val,
        "predict_rendered": start + 0.4 * sizes.val,
        "predict_video": start + 0.1 * (sizes.video_frames or 50),
        "yours": start + 10,
        "adapt": adapt,
        "adapted": start + 10,
    }
    left_out = set() if own else {"yours_shipped", "yours"}
    left_out |= set() if sizes.video_frames else {"render_video"}
    left_out |= set() if sizes.adapt_epochs else {"adapt", "adapted"}
    return {name: value for name, value in found.items() if name not in left_out}


def chain_units(sizes: Sizes, own: bool = False, done: Collection[str] = ()) -> float:
    """Time of all that comes after the first render, and after the steps that are done."""
    known = (*BEFORE, *done)
    return sum(value for name, value in units(sizes, own).items() if name not in known)


def fit(picture_s: float, left_s: float, own: bool = False) -> Sizes:
    """The most pictures to train on with which the chain ends in time; ``LEAST`` if none does.

    Args:
        picture_s: time of a rendered picture.
        left_s: time that is left.
    """
    for train in range(MOST.train, LEAST.train, -STEP):
        sizes = replace(LEAST, train=train)
        if chain_units(sizes, own) * picture_s <= PLANNED * left_s:
            return sizes
    return LEAST


def shrink(
    sizes: Sizes, unit_s: float, left_s: float, done: Collection[str], own: bool = False
) -> Sizes:
    """Sizes with which the steps that are not done end in time, or the smallest there are.

    Args:
        unit_s: time of a rendered picture, as the steps so far tell it.
        left_s: time that is left.
        done: names of the steps whose sizes are settled.
    """
    for size, step, least in SMALLER:
        while step not in done and chain_units(sizes, own, done) * unit_s > left_s:
            now = getattr(sizes, size)
            if now <= least:
                break
            sizes = replace(sizes, **{size: max(least, now // 2)})
    return sizes


def read(path: Path) -> tuple[Sizes, float] | None:
    """What ``write`` wrote, if it is there."""
    if not path.is_file():
        return None
    content: Mapping = read_json(path)
    return Sizes(**content["sizes"]), content["picture_s"]


def write(path: Path, sizes: Sizes, picture_s: float) -> None:
    """Keep the sizes, so that a run that goes on has the same."""
    write_json(path, {"sizes": asdict(sizes), "picture_s": picture_s})
