"""List the input files of a pool, each once, and record what was asked for.

A file named twice, or a copy of a picture, could be held out and learnt from at once. The record
says whether frames on disk may be used again: only for the inputs they were made from.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from surgtools.errors import InputError
from surgtools.files import read_json, sha256_of, write_json
from surgtools.prediction.sources import InputProblem, Report, Source, find_sources
from surgtools.prediction.video import is_address

RECORD = "inputs.json"
"""In the pool's folder: what its frames were made from."""


def list_files(sources: Sequence[str], report: Report) -> list[Source]:
    """The videos and pictures that inputs name, each once.

    Args:
        sources: files, folders, globs, videos.
        report: called once per input that is of no use or is there already.

    Raises:
        InputError: a live source.
    """
    live = [
        s for s in map(str, sources) if is_address(s) or (s.isdigit() and not Path(s).exists())
    ]
    if live:
        raise InputError(f"{live[0]}: a live source has no end; record it and give the file")
    return drop_copies(find_sources(list(sources), report), report)


def drop_copies(files: Sequence[Source], report: Report) -> list[Source]:
    """Leave out files that are there already, by path or, of pictures, by content.

    Videos are not compared by content, which would cost as much as reading them.

    Args:
        files: videos and pictures.
        report: called once per file that is left out.

    Returns:
        The others, in the same order.
    """
    files = _keep_first(files, _path, report, "given twice, as")
    sizes = Counter(_size(source) for source in files if source.kind == "image")

    def content(source: Source) -> str | None:
        alike = source.kind == "image" and sizes[_size(source)] > 1
        return _digest(source) if alike and _size(source) > 0 else None

    return _keep_first(files, content, report, "a copy of")


def record_of(sources: Sequence[str], max_frames: int, held_out_share: float, seed: int) -> dict:
    """What was asked for, as JSON values; see ``collect.collect_frames``."""
    return {
        "sources": [str(Path(source).resolve()) for source in sources],
        "max_frames": max_frames,
        "held_out_share": held_out_share,
        "seed": seed,
    }


def write_record(folder: Path, record: dict) -> None:
    """Keep a ``record_of`` beside the frames."""
    write_json(folder / RECORD, record)


def check_record(folder: Path, record: dict) -> None:
    """Refuse a pool that was made from something else; one without a record is an old one.

    Raises:
        InputError: the pool's record says otherwise.
    """
    if not (folder / RECORD).exists():
        return
    made = read_json(folder / RECORD)
    for name, value in record.items():
        if made.get(name) != value:
            raise InputError(
                f"{folder}: holds frames collected with {name} {_short(made.get(name), value)}, "
                f"now {_short(value, made.get(name))} is given; choose another folder or delete "
                "this one"
            )


def _keep_first(
    files: Sequence[Source], key: Callable[[Source], str | None], report: Report, relation: str
) -> list[Source]:
    first: dict[str, str] = {}
    kept = []
    for source in files:
        mark = key(source)
        if mark in first:
            report(InputProblem(source.name, f"is {relation} {first[mark]}; used once"))
            continue
        if mark is not None:
            first[mark] = source.name
        kept.append(source)
    return kept


def _path(source: Source) -> str:
    return str(Path(source.name).resolve())


def _size(source: Source) -> int:
    """Bytes of a file; 0 for one that cannot be looked at, which reading will say."""
    try:
        return Path(source.name).stat().st_size
    except OSError:
        return 0


def _digest(source: Source) -> str | None:
    try:
        return sha256_of(source.name)
    except OSError:
        return None


def _short(value: object, other: object) -> str:
    """Of a list two of those that the other one lacks."""
    if not isinstance(value, list) or not isinstance(other, list):
        return str(value)
    own = [item for item in value if item not in other] or value
    more = f" and {len(own) - 2} more" if len(own) > 2 else ""
    return ", ".join(map(str, own[:2])) + more
