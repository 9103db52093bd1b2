"""Join the parts of all sources to predictions.json, in the order of the sources.

One frame is in memory at a time. Pictures are numbered here: the numbers depend on what the
sources hold, not on who looked at them, in which order, or whether one was damaged.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from surgtools.files import read_json, write_json
from surgtools.prediction.parts import Parts, cut, read_frames_of, read_summary
from surgtools.prediction.predictions_file import JsonListFile, PredictionsFile
from surgtools.prediction.source_list import Listed
from surgtools.prediction.sources import InputProblem

_JOINED = "joined.json"


@dataclass(frozen=True)
class Joined:
    """What predictions.json holds.

    Attributes:
        frames, instances: how many.
        problems: of all sources.
    """

    frames: int
    instances: int
    problems: list[InputProblem]


def join_parts(
    listed: Iterable[Listed],
    parts: Parts,
    shown: Mapping[str, Any],
    problems: Sequence[InputProblem] = (),
    complete: bool = True,
    coco: Path | None = None,
) -> Joined:
    """Write predictions.json whole; without a single frame nothing is written.

    Args:
        listed: all sources, those without a part too.
        shown: the settings as ``meta_info`` tells them.
        problems: of sources without a part, and of inputs that are no source.
        complete: nothing stopped the work.
        coco: where COCO results go as well.
    """
    if not parts.folder.is_dir():
        return Joined(0, 0, list(problems))
    models, taxonomy = parts.origin()
    predictions = PredictionsFile(parts.output, models, shown, taxonomy)
    rows = JsonListFile(coco) if coco is not None else None
    found, image_id = list(problems), 0
    try:
        for each in listed:
            path = _part_of(parts, each, complete)
            if path is None:
                image_id += not each.source.is_video
                continue
            for entry in read_frames_of(path):
                image_id += 1
                for row in entry.pop("coco", ()):
                    rows.append(row | {"image_id": image_id})
                predictions.write_entry(entry | {"image_id": image_id})
            found += [InputProblem(**problem) for problem in read_summary(path).problems]
        if predictions.num_frames:
            if rows is not None:
                rows.close()
            predictions.close(found, complete)
            return Joined(predictions.num_frames, predictions.num_instances, found)
    except BaseException:
        _discard(predictions, rows)
        raise
    _discard(predictions, rows)
    return Joined(0, 0, found)


def joined_before(
    listed: Iterable[Listed], parts: Parts, problems: Sequence[InputProblem]
) -> Joined | None:
    """What an earlier run joined, if it was of the same parts and nobody touched it since."""
    path = parts.folder / _JOINED
    if not path.is_file():
        return None
    content = read_json(path)
    if content["state"] != _state(listed, parts, problems):
        return None
    found = [InputProblem(**problem) for problem in content["problems"]]
    return Joined(content["frames"], content["instances"], found)


def remember(
    joined: Joined, listed: Iterable[Listed], parts: Parts, problems: Sequence[InputProblem]
) -> None:
    """Let ``joined_before`` know of a join that was complete."""
    content = asdict(joined) | {"state": _state(listed, parts, problems)}
    write_json(parts.folder / _JOINED, content)


def _part_of(parts: Parts, listed: Listed, complete: bool) -> Path | None:
    whole = parts.path(listed)
    for path in (whole,) if complete else (whole, cut(whole)):
        if path.exists():
            return path
    return None


def _discard(predictions: PredictionsFile, rows: JsonListFile | None) -> None:
    predictions.discard()
    if rows is not None:
        rows.discard()


def _state(listed: Iterable[Listed], parts: Parts, problems: Sequence[InputProblem]) -> str:
    """Digest of which parts there are, and of the file that they were joined to."""
    digest = hashlib.sha256(repr(problems).encode("utf-8", "surrogatepass"))
    for each in listed:
        digest.update(f"{each.digest}{parts.path(each).exists()}".encode())
    output = parts.output.stat() if parts.output.exists() else None
    digest.update(repr(output and (output.st_size, output.st_mtime_ns)).encode())
    return digest.hexdigest()
