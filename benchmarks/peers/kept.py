"""Results that are done are kept with what was asked for: they are of use for nothing else."""

from pathlib import Path

from surgtools.errors import InputError
from surgtools.files import read_json


def read_kept(file: Path, asked: dict) -> dict:
    """What a training that is done says.

    Raises:
        InputError: it was of other data or settings.
    """
    kept = read_json(file)
    before = kept.get("asked", asked)
    if before != asked:
        key = next(key for key in {**before, **asked} if before.get(key) != asked.get(key))
        raise InputError(
            f"{file}: is of a training with {key} {before.get(key)}, now {asked.get(key)} is "
            "given; give another --out"
        )
    return kept
