"""Give numba a place for what it compiles where it finds none by itself.

MMDetection imports imgaug, which asks numba to keep compiled functions beside its own files or in
the user's cache. When neither can be written, numba ends the import with a ``RuntimeError``: so it
is for a user without rights whose home is read-only.
"""

import atexit
import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

_SETTING = "NUMBA_CACHE_DIR"


def install() -> None:
    """Set numba's folder to a fresh one where it could write nowhere, until this process ends."""
    if _SETTING in os.environ or any(map(_can_be_written, _own_places())):
        return
    # A fresh one: numba loads what it finds there, which nobody else may have put there.
    folder = tempfile.mkdtemp(prefix="surgtools-numba-")
    os.environ[_SETTING] = folder
    atexit.register(_remove, folder, os.getpid())


def _own_places() -> list[Path]:
    """Beside the code that asks, and the user's cache."""
    spec = find_spec("imgaug")
    homes = (spec and spec.submodule_search_locations) or ()
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return [*(Path(home, "augmenters") for home in homes), Path(cache, "numba")]


def _can_be_written(folder: Path) -> bool:
    """Whether it can, or can be made."""
    existing = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _remove(folder: str, maker: int) -> None:
    if os.getpid() == maker:  # workers inherit the folder, and end earlier
        shutil.rmtree(folder, ignore_errors=True)
