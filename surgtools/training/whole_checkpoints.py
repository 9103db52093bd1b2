"""Write checkpoints whole even when the process is killed, and find the newest to go on from."""

import re
from pathlib import Path

from mmengine.fileio import LocalBackend, register_backend

from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.hosts.checkpoints import load_checkpoint

WHOLE = {"backend": "surgtools_whole"}
"""``backend_args`` of a ``CheckpointHook`` that writes files whole, then renames them."""


@register_backend(WHOLE["backend"], force=True)
class WholeFileBackend(LocalBackend):
    """The host's backend for local files, whose ``put`` writes into the file of that name."""

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes beside ``filepath`` and rename them: the old file stays until then."""
        with write_whole(filepath) as part:
            part.write_bytes(obj)


def newest_checkpoint(folder: str | Path, trust: bool = False) -> Path | None:
    """The latest ``epoch_N.pth`` of a training that can be read to its end.

    The host's ``last_checkpoint`` is not asked: it is written after the old file was deleted and
    the new one begun, so after a kill it may name a file that is gone or cut off.

    Args:
        folder: work folder of the training.
        trust: also accept files that can run code while they are read.

    Returns:
        None when there is none.
    """
    numbers = {
        int(match[1]): path
        for path in Path(folder).glob("epoch_*.pth")
        if (match := re.fullmatch(r"epoch_(\d+)", path.stem))
    }
    for number in sorted(numbers, reverse=True):
        try:
            load_checkpoint(numbers[number], trust)
        except InputError:
            continue
        return numbers[number]
    return None
