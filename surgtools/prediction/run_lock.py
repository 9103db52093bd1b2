"""Keep two runs of ``predict`` from writing into one folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from surgtools.errors import InputError
from surgtools.prediction.parts import Parts


@contextmanager
def run_lock(parts: Parts, shared: bool = False) -> Iterator[None]:
    """Hold the folder of the parts as long as the block runs; where disks cannot, do nothing.

    A folder that is made for this and stays empty is removed again.

    Args:
        parts: of this run.
        shared: other runs that say so, too, may hold it at the same time.

    Raises:
        InputError: another run holds it.
    """
    folder = parts.home
    if folder.parent != parts.output.parent:  # a device: its results are in no folder
        yield
        return
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # told with the file that cannot be written
        yield
        return
    try:
        _lock(handle, shared, parts.output)
        yield
    finally:
        os.close(handle)
        for path in made:
            try:
                path.rmdir()
            except OSError:  # holds something
                break


def _lock(handle: int, shared: bool, output: Path) -> None:
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise InputError(
            f"{output}: another run is writing there; wait until it has ended, or choose another "
            "folder"
        ) from error
    except OSError:
        pass  # some network disks know no locks
