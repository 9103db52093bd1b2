"""Write a large COCO file row by row; ``stream`` reads one the same way."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from surgtools.errors import InputError
from surgtools.files import write_whole

_BATCH = 2048
_ENCODE = json.JSONEncoder(allow_nan=False, check_circular=False).encode


class CocoWriter:
    """Append tables to an open JSON object; made by ``open_coco``."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._separator = "{"

    def value(self, key: str, value: Any) -> None:
        """Write one top-level value."""
        self._file.write(f"{self._separator}{json.dumps(key)}: {_ENCODE(value)}")
        self._separator = ",\n"

    def table(self, key: str, rows: Iterable[dict | str]) -> int:
        """Write one table; rows given as JSON text are copied. Returns the number of rows."""
        self._file.write(f"{self._separator}{json.dumps(key)}: [")
        self._separator = ",\n"
        count, rows = 0, iter(rows)
        while batch := list(islice(rows, _BATCH)):
            text = [row if isinstance(row, str) else _encode(row) for row in batch]
            self._file.write((",\n" if count else "\n") + ",\n".join(text))
            count += len(batch)
        self._file.write("]")
        return count

    def close(self) -> None:
        self._file.write("{}\n" if self._separator == "{" else "}\n")


@contextmanager
def open_coco(path: str | Path) -> Iterator[CocoWriter]:
    """Write ``path`` whole: it appears when the block ends without an error."""
    with write_whole(path) as part, part.open("w", encoding="utf-8") as file:
        writer = CocoWriter(file)
        yield writer
        writer.close()


def _encode(row: dict) -> str:
    try:
        return _ENCODE(row)
    except ValueError as error:
        raise InputError(
            f"entry {row.get('id')} has a number that JSON does not know (NaN or infinity); "
            "`surgtools data check` names it"
        ) from error
