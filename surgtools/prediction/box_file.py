"""Give every frame its boxes from a file: one of ``--save-boxes``, or one made by hand.

Pictures and videos may have moved since. One that the file does not name is left out and
reported, because nobody knows whether it shows an instrument.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path

import numpy as np

from surgtools.annotations.check.writable import are_finite
from surgtools.errors import InputError
from surgtools.files import read_json
from surgtools.moved_files import MovedFiles
from surgtools.prediction.detection import Detected
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.sources import Frame, InputProblem, Report, Source
from surgtools.taxonomy import SURGICAL, Taxonomy


class BoxFile:
    """The boxes of a file by picture, or by video and frame.

    Args:
        path: of the file, for messages.
        boxes: by the name in the file and by ``frame_id``, which is None for pictures.
    """

    def __init__(self, path: str | Path, boxes: Mapping[str, Mapping[int | None, Boxes]]) -> None:
        self.path, self.boxes = Path(path), boxes
        self._files = MovedFiles(boxes)

    def require_one_each(self, sources: Iterable[Source]) -> None:
        """Look whether two sources would get the boxes of one.

        Raises:
            InputError: naming both, and what the file has for them.
        """
        owners: dict[str, str] = {}
        for source in sources:
            names = self._names_of(source)
            owner = owners.setdefault(names[0], source.name) if len(names) == 1 else source.name
            if owner != source.name:
                raise InputError(
                    f"{self.path}: {names[0]} may mean {owner} or {source.name}; write both into "
                    "it with their folders, or predict one of them alone"
                )

    def keep_named(self, sources: Iterable[Source], report: Report) -> Iterator[Source]:
        """The sources that the file names; the others are reported."""
        for source in sources:
            names = self._names_of(source)
            if len(names) == 1:
                yield source
            elif names:
                message = f"may be {' or '.join(names)} of {self.path}; name more of its folders"
                report(InputProblem(source.name, message))
            else:
                message = f"is not in {self.path}; find its boxes with --save-boxes first"
                report(InputProblem(source.name, message))

    def keep_listed(self, frames: Iterable[Frame], report: Report) -> Iterator[Frame]:
        """The frames that the file lists; of each source the number of others is reported."""
        for source, group in groupby(frames, key=lambda frame: frame.source):
            listed, count = self._boxes_of(source), 0
            for frame in group:
                if frame.frame_id in listed:
                    yield frame
                else:
                    count += 1
            if count:
                message = (
                    f"{count} frame{'s are' if count > 1 else ' is'} not in {self.path} and left "
                    "out; save the boxes with the same --stride and --max-frames"
                )
                report(InputProblem(source.name, message, count))

    def give(self, batches: Iterable[list[Frame]]) -> Iterator[Detected]:
        """Listed frames with their boxes."""
        for batch in batches:
            yield batch, [self._boxes_of(frame.source)[frame.frame_id] for frame in batch]

    def _names_of(self, source: Source) -> list[str]:
        return [source.name] if source.name in self.boxes else self._files.find(source.name)

    def _boxes_of(self, source: Source) -> Mapping[int | None, Boxes]:
        (name,) = self._names_of(source)
        return self.boxes[name]


def load_boxes(path: str | Path, taxonomy: Taxonomy = SURGICAL) -> BoxFile:
    """Read a file of ``--save-boxes`` or a predictions.json.

    Args:
        taxonomy: of the pose model that the boxes are for.

    Raises:
        InputError: no such file, or an entry that is no box; the message says which.
    """
    content = read_json(path)
    entries = content.get("instance_info") if isinstance(content, dict) else None
    if not isinstance(entries, list):
        raise InputError(
            f"{path}: the list `instance_info` is missing; give a file of --save-boxes"
        )
    boxes: dict[str, dict[int | None, Boxes]] = defaultdict(dict)
    for number, entry in enumerate(entries):
        where = f"{path}: entry {number}"
        if not isinstance(entry, dict) or not isinstance(entry.get("instances"), list):
            raise InputError(f"{where} has no list `instances`; write the file again")
        name = entry.get("image") or entry.get("video")
        if not name:
            raise InputError(f"{where} names neither image nor video; write the file again")
        frame_id = entry.get("frame_id")
        if not isinstance(frame_id, int | None):
            raise InputError(f"{where}: frame_id {frame_id!r}; a whole number is expected")
        boxes[str(name)][frame_id] = _parse_boxes(entry["instances"], where, taxonomy)
    return BoxFile(path, dict(boxes))


def _parse_boxes(instances: list, where: str, taxonomy: Taxonomy) -> Boxes:
    rows = []
    for instance in instances:
        box = instance.get("bbox") if isinstance(instance, dict) else None
        numbers = isinstance(box, list) and are_finite(box)
        if not numbers or len(box) != 4 or not (box[2] > box[0] and box[3] > box[1]):
            raise InputError(f"{where}: bbox {box}; [x1, y1, x2, y2] with x2 > x1, y2 > y1")
        score = instance.get("bbox_score", 1.0)
        if not are_finite((score,)):
            raise InputError(
                f"{where}: bbox_score {score!r}; a number is expected, or none at all for 1"
            )
        category_id = taxonomy.get(instance.get("category_id"), where).id
        rows.append((box, float(score), category_id))
    if not rows:
        return Boxes()
    xyxy, scores, category_ids = zip(*rows, strict=True)
    return Boxes(np.array(xyxy, np.float32), np.array(scores, np.float32), np.array(category_ids))
