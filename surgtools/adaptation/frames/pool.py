"""The folder of pictures that a run adapts to, with a record of where each picture came from.

``collect.collect_frames`` fills a pool; whatever looks at the target reads it from there.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from surgtools.errors import InputError
from surgtools.files import read_json, write_json
from surgtools.images import read_image
from surgtools.safe_names import name_below


@dataclass(frozen=True)
class PoolFrame:
    """One picture of the pool: where it came from and which side of the split it is on.

    Attributes:
        file_name: within the pool's ``images`` folder.
        width, height: pixels.
        source: where it came from.
        clip: frames of one clip with consecutive ``number`` are neighbors in time.
        number: position in the clip.
        group: frames of one group are held out together.
        held_out: never labelled for training; the guards measure on it.
    """

    file_name: str
    width: int
    height: int
    source: str
    clip: str
    number: int
    group: str
    held_out: bool = False


class FramePool:
    """Pictures in ``DIR/images`` and what is known of them in ``DIR/frames.json``."""

    def __init__(self, folder: str | Path, frames: Sequence[PoolFrame]) -> None:
        self.folder, self.frames = Path(folder), list(frames)

    def __len__(self) -> int:
        return len(self.frames)

    def indices(self, held_out: bool) -> list[int]:
        """Positions of the frames held out, or of those to learn from."""
        return [i for i, frame in enumerate(self.frames) if frame.held_out == held_out]

    def read(self, index: int) -> np.ndarray:
        """(H, W, 3) BGR uint8."""
        return read_image(self.images / self.frames[index].file_name)

    @property
    def images(self) -> Path:
        return self.folder / "images"

    @property
    def clips(self) -> list[str]:
        """The clip of each frame; the held-out part of a clip is one of its own.

        So no statistic in time of a frame to learn from rests on a held-out one, or the other way
        round, whichever of them are looked at.
        """
        return [
            f"{frame.clip}, held out" if frame.held_out else frame.clip for frame in self.frames
        ]

    @property
    def has_neighbors(self) -> bool:
        """Whether any two frames are neighbors in time."""
        return len({frame.clip for frame in self.frames}) < len(self.frames)

    @classmethod
    def load(cls, folder: str | Path) -> "FramePool":
        """What ``collect_frames`` wrote.

        Raises:
            InputError: the folder holds no pool, or one whose pictures would lie elsewhere.
        """
        file = Path(folder) / "frames.json"
        rows = read_json(file)
        try:
            frames = [PoolFrame(**row) for row in rows]
        except TypeError as error:
            raise InputError(
                f"{file}: is no list of frames ({error}); remove the folder, or choose another"
            ) from None
        for frame in frames:
            name_below(frame.file_name, str(file))
        return cls(folder, frames)

    def write(self) -> None:
        """Write ``frames.json``, whole; the pictures lie beside it already."""
        rows = [asdict(frame) for frame in self.frames]
        write_json(self.folder / "frames.json", rows, indent=1)

    def holding_out(self, groups: Collection[str]) -> "FramePool":
        """The same frames with these groups, and no others, held out."""
        frames = [replace(frame, held_out=frame.group in groups) for frame in self.frames]
        return FramePool(self.folder, frames)
