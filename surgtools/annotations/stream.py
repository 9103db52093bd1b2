"""Read the tables of a COCO file row by row: memory holds one row, not a million.

``json.load`` turns 1,000,000 annotations into several gigabytes of dictionaries. ``CocoStream``
decodes one row at a time with the same C decoder and hands the row's own text along, so that a
row that does not change is copied instead of written again.
"""

import json
import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from surgtools.annotations.json_cursor import DECODE, SPACE, JsonCursor
from surgtools.errors import InputError

TABLES = ("images", "annotations", "categories")
"""The top-level lists that are read row by row; everything else lands in ``CocoStream.rest``."""


class Row(NamedTuple):
    """One entry of one table.

    Attributes:
        table: ``images``, ``annotations`` or ``categories``.
        value: the decoded entry.
        text: the entry exactly as it stands in the file.
    """

    table: str
    value: Any
    text: str


class CocoStream:
    """Iterate over the rows of a COCO file in the order of the file.

    Attributes:
        rest: the other top-level values, for example ``info``; complete after the iteration.
        tables: the tables seen so far; complete after the iteration.

    Raises:
        InputError: while iterating: missing file, broken JSON (with line and column), a top level
            that is no object, or a table that is no list.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.rest: dict[str, Any] = {}
        self.tables: set[str] = set()

    def __iter__(self) -> Iterator[Row]:
        try:
            with self.path.open(encoding="utf-8-sig") as file:
                yield from self._rows(JsonCursor(file, self.path))
        except FileNotFoundError as error:
            raise InputError(f"{self.path}: no such file; check the path") from error
        except IsADirectoryError as error:
            raise InputError(f"{self.path}: is a folder; name a file in it") from error
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"{self.path}: cannot be read ({error}); give a readable text file"
            ) from error
        except RecursionError as error:
            raise InputError(
                f"{self.path}: is nested too deeply to be COCO; export it again"
            ) from error

    def require_tables(self) -> None:
        """After the iteration: refuse a file that lacks a table.

        Raises:
            InputError: naming the first one that is missing.
        """
        for table in TABLES:
            if table not in self.tables:
                raise InputError(
                    f"{self.path}: the list `{table}` is missing; export it as COCO keypoints"
                )

    def _rows(self, cursor: "JsonCursor") -> Iterator[Row]:
        if cursor.peek() != "{":
            raise InputError(
                f"{self.path}: a COCO file is an object with images, annotations, categories; "
                "for a results list give it as predictions"
            )
        cursor.take("{")
        if cursor.peek() != "}":
            while True:
                cursor.peek()
                key = cursor.value()[0]
                if not isinstance(key, str):
                    cursor.fail("a name in double quotes is expected")
                cursor.take(":")
                if key in TABLES:
                    if key in self.tables:
                        raise InputError(
                            f"{self.path}: the list `{key}` occurs twice; keep one of them"
                        )
                    yield from self._table(key, cursor)
                else:
                    cursor.peek()
                    self.rest[key] = cursor.value()[0]
                if cursor.peek() != ",":
                    break
                cursor.take(",")
        cursor.take("}")
        if cursor.peek():
            cursor.fail("the file goes on after its end")

    def _table(self, key: str, cursor: "JsonCursor") -> Iterator[Row]:
        if cursor.peek() != "[":
            raise InputError(f"{self.path}: `{key}` is no list; export it as COCO keypoints")
        self.tables.add(key)
        for value, text in cursor.items():
            yield Row(key, value, text)


def read_content(path: str | Path) -> dict[str, Any]:
    """Read a whole file: what ``CocoStream`` gives row by row, and with its errors.

    ``json.loads`` is twice as quick on a file that leaves no doubt; any other is read again by
    the stream, which says what is wrong with it.

    Raises:
        InputError: see ``CocoStream``.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        content = json.loads(text)
        if _holds_tables(content) and all(text.count(f'"{table}"') == 1 for table in TABLES):
            return content
    except (OSError, ValueError, RecursionError):
        pass
    stream = CocoStream(path)
    tables: dict[str, list] = {table: [] for table in TABLES}
    for table, value, _ in stream:
        tables[table].append(value)
    stream.require_tables()
    return {**stream.rest, **tables}


def read_categories(path: str | Path) -> list:
    """Read only the category table, wherever it stands in the file.

    Most writers put ``categories`` last, behind the annotations that need them. When its name
    occurs once in the file, decoding starts there; otherwise the whole file is read.

    Returns:
        The rows; empty when there is no such table.
    """
    path = Path(path)
    marker = b'"categories"'
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            first = data.find(marker)
            if first < 0:
                return []
            if data.rfind(marker) == first:
                tail = data[first + len(marker) : first + len(marker) + (1 << 20)]
                text = tail.decode("utf-8", errors="ignore").lstrip(SPACE + ":")
                value = DECODE(text)[0]
                if isinstance(value, list):
                    return value
    except (OSError, ValueError, RecursionError):
        pass  # empty, unreadable or larger than a megabyte: the full read below says what is wrong
    return [row.value for row in CocoStream(path) if row.table == "categories"]


def _holds_tables(content: Any) -> bool:
    return isinstance(content, dict) and all(isinstance(content.get(t), list) for t in TABLES)
