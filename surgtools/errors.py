"""The one exception a user is meant to read, and words for what a machine can lack.

It says what is wrong, where, what was expected and what to do, in one line. ``surgtools.cli``
prints it and exits with code 2; library callers catch it like any ``ValueError``.
"""

import errno
import re

_ESCAPES = {number: repr(chr(number))[1:-1] for number in (*range(32), *range(127, 160))}


class InputError(ValueError):
    """Something the user gave cannot be used: a file, a config, a category, a shape.

    The message stays one line, whatever names and values it quotes: line ends and other control
    characters are escaped. It tells no password of an address.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(hide_passwords(str(message).translate(_ESCAPES)))


def hide_passwords(text: str) -> str:
    """A text without the user and the password of the addresses in it.

    ``http://me:secret@host/a.mp4`` becomes ``http://host/a.mp4``.
    """
    return _LOGIN.sub(r"\1", text)


_LOGIN = re.compile(
    r"(\b[a-z][a-z0-9+.-]*:/{1,2})"  # one slash is left of two where a path was made of it
    r"(?:[^\s/?#]*@"
    r"|[^\s/?#@:]+:(?!\d*[/?#])[^\s@]*@)",  # a password with a slash, but no port
    re.IGNORECASE,
)


def lack_of_machine(error: BaseException) -> str | None:
    """What the machine lacks, and what to do, in one line; None where the error is a fault.

    Args:
        error: of the system, of Python, of the loader of libraries, or of torch.
    """
    if isinstance(error, OSError) and error.errno in _SYSTEM_SAYS:
        where = f" for {error.filename}" if error.filename else ""
        return str(InputError(_SYSTEM_SAYS[error.errno].format(where)))
    if isinstance(error, ModuleNotFoundError) and (error.name or "").split(".")[0] in _NOT_LIGHT:
        return (
            f"{error.name} is not installed; `predict` with shipped models goes without, "
            "all else needs the environment of `bash tools/env.sh`"
        )
    said = str(error).lower()
    if isinstance(error, MemoryError) or any(words in said for words in _NO_ROOM):
        return _SYSTEM_SAYS[errno.ENOMEM].format("")
    return None


_NO_ROOM = ("failed to map segment", "cannot allocate memory", "can't allocate memory")

_NOT_LIGHT = frozenset(
    "torch torchvision mmengine mmcv mmdet mmpose pycocotools onnx rich yaml jinja2 matplotlib "
    "jsonschema sklearn PIL".split()
)
"""What ``pip install '.[onnx]'`` leaves out."""

_SYSTEM_SAYS = {
    errno.ENOSPC: "no space left on the disk{}; make room and give the same command again",
    errno.EDQUOT: "the disk quota is used up{}; make room and give the same command again",
    errno.EACCES: "no permission{}; change the rights or choose another place",
    errno.EPERM: "no permission{}; change the rights or choose another place",
    errno.EROFS: "the disk is read-only{}; choose another place",
    errno.ENAMETOOLONG: "a name is longer than the system takes{}; shorten it",
    errno.EISDIR: "a folder stands where a file is expected{}; move it away",
    errno.ENOTDIR: "a file stands where a folder is expected{}; move it away",
    errno.EEXIST: "a file stands where a folder is expected{}; move it away",
    errno.ENOMEM: "the memory is used up{}; close other programs or take smaller batches",
    errno.EMFILE: "too many files are open{}; raise `ulimit -n` or use fewer workers",
    errno.ENFILE: "too many files are open{}; close other programs",
}
"""With a place for the name of the file; every other error of the system is a fault."""
