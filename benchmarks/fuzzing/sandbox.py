"""The walls around one case: what may change, how it may end, and how long it may take.

A case lives in a folder of its own. It may write below ``out``; everything beside that is compared
before and after. It may succeed, or refuse its input in one line.
"""

import io
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from surgtools.errors import InputError

Action = Callable[[], int | None]
"""What a case runs; it may return an exit status."""

PATIENCE = 30
"""Seconds of processor time after which a case hangs, however busy the machine is."""


@dataclass(frozen=True)
class Outcome:
    """How a case ended.

    Attributes:
        verdict: ``success``, ``refused`` or ``fault``.
        what: for a fault, what went wrong and where, without what differs from case to case.
        detail: the whole message or traceback.
        seconds: wall time.
    """

    verdict: str
    what: str
    detail: str
    seconds: float


def command(*words: object) -> Action:
    """A call of the ``surgtools`` command in this process."""

    def run() -> int:
        from surgtools.cli import main

        return main([str(word) for word in words])

    return run


class Sandbox:
    """A folder with ``in``, ``out``, ``outside`` and a working directory of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.inside, self.out, self.outside = root / "in", root / "out", root / "outside"
        shutil.rmtree(root, ignore_errors=True)
        for folder in (self.inside, self.out, self.outside, root / "cwd"):
            folder.mkdir(parents=True)
        (self.outside / "evil.jpg").write_bytes(b"the user's own")
        (self.outside / "evil.txt").write_bytes(b"the user's own")
        (self.out / "link").symlink_to(self.outside)
        (self.inside / "link").symlink_to(self.outside)

    def run(self, action: Action) -> Outcome:
        """Run something that reads ``in`` and writes ``out``, and judge how it ended."""
        before, start = self._beside_out(), time.monotonic()
        verdict, what, detail = self._judge(action)
        after = self._beside_out()
        seconds = time.monotonic() - start
        changed = sorted(k for k in before.keys() | after.keys() if before.get(k) != after.get(k))
        if changed:
            return Outcome("fault", f"changed {changed[0]}", f"{changed}\n{detail}", seconds)
        broken = None if verdict == "fault" else self._broken_json()
        if broken:
            return Outcome("fault", "wrote what is no JSON", broken, seconds)
        return Outcome(verdict, what, detail, seconds)

    def _judge(self, action: Action) -> tuple[str, str, str]:
        out, err = io.StringIO(), io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(err), _in(self.root / "cwd"), _patience():
                code = action() or 0
        except InputError as error:
            return _refusal(str(error))
        except SystemExit as error:
            return (
                _refusal(err.getvalue().strip().split("\n")[-1]) if error.code == 2 else _fault()
            )
        except (Exception, RecursionError, MemoryError):
            return _fault()
        if code == 2:
            said = err.getvalue().strip() or out.getvalue().strip().split("\n")[0]
            return _refusal(said)
        if code in (0, 1, 3):
            return "success", "", ""
        return "fault", f"exit code {code}", err.getvalue()

    def _beside_out(self) -> dict[str, tuple]:
        return {
            os.path.relpath(path, self.root): _state(path)
            for path in _files(str(self.root), skip=str(self.out))
        }

    def _broken_json(self) -> str | None:
        for path in self.out.rglob("*.json"):
            if path.is_symlink() or "link" in path.parts:
                continue
            try:
                json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
            except (OSError, ValueError, RecursionError) as error:
                return f"{path.name}: {error}"
        return None


def _refusal(text: str) -> tuple[str, str, str]:
    lines = [line for line in text.split("\n") if not line.startswith("\r")]
    if not text or len(lines) > 1:
        return "fault", "refused in no or several lines", text
    return "refused", "", text


def _fault() -> tuple[str, str, str]:
    kind, error, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)
    own = [f for f in frames if "/surgtools/" in f.filename or "/data_gen/" in f.filename]
    place = own[-1] if own else frames[-1]
    file = "/".join(Path(place.filename).parts[-3:])
    try:
        text = "".join(traceback.format_exception(kind, error, trace, limit=-12))
    except (ValueError, RecursionError):
        text = repr(kind)
    return "fault", f"{kind.__name__} at {file}:{place.lineno}", text[-4000:]


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _files(folder: str, skip: str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.path == skip:
            continue
        yield entry.path
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, skip)


def _state(path: str) -> tuple:
    if os.path.islink(path):
        return ("link", os.readlink(path))
    if os.path.isdir(path):
        return ("folder",)
    with open(path, "rb") as file:
        return ("file", os.stat(path).st_mode, hash(file.read()))


@contextmanager
def _in(folder: Path) -> Iterator[None]:
    before = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _patience() -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise TimeoutError(f"no end after {PATIENCE} s")

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
