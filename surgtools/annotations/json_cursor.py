"""A position in JSON text that is read in chunks: memory holds one value, not the file."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from surgtools.errors import InputError

SPACE = " \t\n\r"
DECODE = json.JSONDecoder().raw_decode

_CHUNK = 1 << 22
_OF_NUMBERS = "0123456789+-.eE"
_LONGEST_TAIL = 4
"""A cut number leaves at most ``e-`` undecoded."""

_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")


class JsonCursor:
    """Where reading stands in a file of JSON.

    Args:
        file: opened as text.
        path: to name in messages.
    """

    def __init__(self, file: Any, path: Path) -> None:
        self._file, self._path = file, path
        self._text, self._at, self._lines, self._end = "", 0, 1, False

    def peek(self) -> str:
        """The next character that is no white space; empty at the end of the file."""
        while True:
            text, at = self._text, self._at
            while at < len(text):
                if text[at] not in SPACE:
                    self._at = at
                    return text[at]
                at += 1
            self._at = at
            if not self._more():
                return ""

    def take(self, character: str) -> None:
        """Go past a character that must come next."""
        if self.peek() != character:
            self.fail(f"`{character}` is expected")
        self._at += 1

    def value(self) -> tuple[Any, str]:
        """Decode the value that starts here; return it with its text."""
        while True:
            try:
                value, end = DECODE(self._text, self._at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                self._at = min(error.pos, len(self._text))
                self.fail(error.msg)
            except ValueError as error:  # a whole number of more digits than Python reads
                self.fail(f"{error}".split(";")[0])
            if len(self._text) - end < _LONGEST_TAIL and self._may_go_on(value, end):
                continue
            text = self._text[self._at : end]
            self._at = end
            return value, text

    def items(self) -> Iterator[tuple[Any, str]]:
        """Decode the elements of the list that starts here, each with its text."""
        self.take("[")
        if self.peek() == "]":
            self.take("]")
            return
        while True:
            yield self.value()
            comma = _COMMA.match(self._text, self._at)
            if comma and comma.end() < len(self._text):
                self._at = comma.end()  # the quick way for all but a few elements of a chunk
            elif self.peek() == ",":
                self.take(",")
                self.peek()
            else:
                break
        self.take("]")

    def fail(self, reason: str) -> None:
        """Refuse the file, with the line and column that reading has come to.

        Raises:
            InputError: always.
        """
        before = self._text[: self._at]
        line = self._lines + before.count("\n")
        column = self._at - (before.rfind("\n") + 1) + 1
        raise InputError(
            f"{self._path}: line {line} column {column} is not JSON ({reason}); "
            "the file may be cut off, write it again"
        )

    def _may_go_on(self, value: Any, end: int) -> bool:
        """Whether a chunk cut a number, as in ``12`` or ``12.`` of 12.5; reads on then."""
        cut = type(value) in (int, float) and not self._text[end:].strip(_OF_NUMBERS)
        return cut and self._more()

    def _more(self) -> bool:
        if self._end:
            return False
        # Growing with what is held keeps one huge value linear.
        chunk = self._file.read(max(_CHUNK, len(self._text) - self._at))
        if not chunk:
            self._end = True
            return False
        self._lines += self._text.count("\n", 0, self._at)
        self._text = self._text[self._at :] + chunk
        self._at = 0
        return True
