"""What a round of pseudo-labels was made from; a round on disk is used again only for the same."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from surgtools.adaptation.frames.pool import FramePool
from surgtools.errors import InputError

ASKED = ("score_floor", "max_boxes", "zoom")
"""Arguments of ``PairProposer`` that change its answers and are no part of its signature."""


def proposer_digest(proposer: Any, config: Mapping[str, Any]) -> str:
    """Hash of a proposer's networks and of how they are asked.

    Args:
        proposer: as built, before it has adopted a student.
        config: what it was built from; stands for a proposer that has no ``signature()``. Of one
            that has, file names do not count, so that a moved or repeated run is the same.
    """
    if hasattr(proposer, "signature"):
        facts = [proposer.signature(), *(config.get(name) for name in ASKED)]
    else:
        facts = [dict(config)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def pool_digest(pool: FramePool) -> str:
    """Hash of what is known of the frames, the split included, and of their pictures.

    Raises:
        InputError: a file cannot be read.
    """
    pictures = (pool.images / frame.file_name for frame in pool.frames)
    return file_digest(pool.folder / "frames.json", *pictures)


def file_digest(*paths: str | Path) -> str:
    """Hash of the contents of files, in this order.

    Raises:
        InputError: a file cannot be read.
    """
    return hashlib.sha256(b"".join(_contents(paths))).hexdigest()


def _contents(paths: Iterable[str | Path]) -> Iterable[bytes]:
    """One hash per file, so that bytes do not pass from one file to the next unnoticed."""
    for path in paths:
        try:
            yield hashlib.sha256(Path(path).read_bytes()).digest()
        except OSError as error:
            raise InputError(
                f"{path}: cannot be read ({error.strerror}); check the path"
            ) from error
