"""Fetch a file once: in pieces if need be, whole in the end, and of the content its name promises.

``SURGTOOLS_CACHE`` names the folder where files are kept (``~/.cache/surgtools``), and
``SURGTOOLS_MIRROR`` an address that takes the place of the host in every address.
"""

import fcntl
import http.client
import os
import re
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

from surgtools.errors import InputError
from surgtools.files import sha256_of

CACHE, MIRROR = "SURGTOOLS_CACHE", "SURGTOOLS_MIRROR"

_SECONDS = 30
_BLOCK = 1 << 18
_HASH = re.compile(r"-([0-9a-f]{8})(_\d{8})?\.pth$")
"""Names of the hosts end in the first digits of the SHA-256, MMPose's with the date behind."""


def cache_folder() -> Path:
    """Where files are kept that can be had again."""
    return Path(os.environ.get(CACHE) or Path.home() / ".cache" / "surgtools")


def weights_folder() -> Path:
    """Where downloaded weights lie."""
    return cache_folder() / "weights"


def fetch(address: str, folder: Path | None = None) -> Path:
    """The file of an address; it is downloaded unless the folder has it.

    What a broken download has left is gone on with. Processes that ask for the same file wait
    for the first.

    Args:
        address: http or https.
        folder: where it is kept; None for ``weights_folder()``.

    Raises:
        InputError: it cannot be had, or is not what its name says.
    """
    parts = urlsplit(address)
    folder = weights_folder() if folder is None else folder
    target = folder / Path(parts.path).name
    if target.is_file():
        return target
    mirror = os.environ.get(MIRROR)
    if mirror:
        address = mirror.rstrip("/") + parts.path
    part = target.with_name(f"{target.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if target.is_file():  # another process was faster
                return target
            _download(address, file)
            _require_hash(part, address)
            os.replace(part, target)  # while it is locked: who waits must find it here
    except InputError:
        raise
    except (OSError, ValueError, http.client.HTTPException) as error:  # also every URLError
        raise InputError(
            f"{address}: cannot be downloaded to {folder} ({_reason(error)}); give the file with "
            f"--pretrained FILE, or the address of a mirror in {MIRROR}"
        ) from error
    return target


def _download(address: str, file) -> None:
    """Append to an open file what it still lacks.

    Raises:
        OSError: the connection or the disk fails; what came is kept.
    """
    start = file.seek(0, os.SEEK_END)
    headers = {"User-Agent": "surgtools"} | ({"Range": f"bytes={start}-"} if start else {})
    request = urllib.request.Request(address, headers=headers)
    try:
        answer = urllib.request.urlopen(request, timeout=_SECONDS)
    except urllib.error.HTTPError as error:
        if error.code == 416 and start:  # nothing is left to send
            return
        raise
    with answer:
        if start and answer.status != 206:  # it sends all from the start
            file.truncate(0)
        expected = answer.headers.get("Content-Length")
        came = 0
        while block := answer.read(_BLOCK):
            file.write(block)
            came += len(block)
        file.flush()
    if expected is not None and came < int(expected):
        raise OSError(f"cut off after {came} of {expected} bytes; the same command goes on")


def _require_hash(part: Path, address: str) -> None:
    promised = _HASH.search(Path(urlsplit(address).path).name)
    if promised is None:
        return
    found = sha256_of(part)
    if not found.startswith(promised[1]):
        part.unlink()
        raise InputError(
            f"{address}: what came has the SHA-256 {found[:8]}..., its name says {promised[1]}; "
            "it was damaged on the way or replaced, so it was deleted; try again, or give the "
            "file with --pretrained FILE"
        )


def _reason(error: Exception) -> str:
    cause = getattr(error, "reason", None) or error
    return str(cause).splitlines()[0] if str(cause) else type(cause).__name__
