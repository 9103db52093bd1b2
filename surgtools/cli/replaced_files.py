"""Keep an option that takes an output file from replacing what the user made by hand.

``data check --json a.json b.json`` reads ``a.json`` as the name of the report, not as labels to
check. Without this guard the labels would be gone.
"""

from collections.abc import Iterable
from pathlib import Path

from surgtools.errors import InputError

_LOOKED_AT = 1 << 16
"""Bytes at both ends of a file in which its mark is looked for."""


def refuse_to_replace(
    path: str | Path,
    mark: str,
    what: str,
    inputs: Iterable[str | Path] = (),
    remedy: str = "give another name, or remove it first",
) -> None:
    """Let an output replace only what an earlier run wrote.

    Args:
        path: where the output goes. Pipes, devices and empty files may be written into.
        mark: text that every such output has near its start or end.
        what: such an output, for people.
        inputs: files that the command reads; the output may be none of them.
        remedy: what to do about a file that was not written by such a run.

    Raises:
        InputError: a folder or another file is there, or the output is one of the inputs.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file")
    try:
        if not path.is_file():
            return
        same = next((each for each in inputs if Path(each).exists() and path.samefile(each)), None)
        if same is not None:
            raise InputError(f"{path}: is read by this command; give another name for the output")
        with path.open("rb") as file:
            ends = file.read(_LOOKED_AT)
            file.seek(max(0, path.stat().st_size - _LOOKED_AT))
            ends += file.read(_LOOKED_AT)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror}); give another name"
        ) from error
    if ends and mark.encode() not in ends:
        raise InputError(f"{path}: is there and is not {what}; {remedy}")
