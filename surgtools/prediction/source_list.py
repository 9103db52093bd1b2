"""All sources of a run, as many as there are, each with the mark of the state its file is in."""

import hashlib
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

from surgtools.prediction.long_lists import PAGE, private_base, told
from surgtools.prediction.sources import Source


@dataclass(frozen=True)
class Listed:
    """One source of a list.

    Attributes:
        source: what to look at.
        mark: size and time of the last change of its file when it was listed; empty for what is
            no file and may show something else the next time.
        together: digest of the whole group, if the networks see it together.
    """

    source: Source
    mark: str
    together: str = ""

    @property
    def changed(self) -> float:
        """When the file changed last, in seconds since 1970; 0 where there is no file."""
        return int(self.mark.partition("-")[2] or 0) / 1e9

    @property
    def digest(self) -> str:
        """Names the source in this state: 32 hexadecimal digits."""
        words = f"{self.source.name}\0{self.source.stem}\0{self.mark}"
        return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class SourceList:
    """Sources on disk instead of in memory, read again as often as needed, from any thread.

    Raises:
        InputError: the disk for temporary files is full.
    """

    def __init__(self, listed: Iterable[Listed]) -> None:
        self._lock = threading.Lock()
        self._addresses: dict[str, str] = {}  # few, and passwords in them stay off the disk
        with told():
            self._base = private_base(
                "CREATE TABLE sources (position INTEGER PRIMARY KEY, name BLOB, kind TEXT, "
                "stem BLOB, crowd INTEGER, mark TEXT, together TEXT)"
            )
            self._base.executemany(
                "INSERT INTO sources (name, kind, stem, crowd, mark, together) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                map(self._row, listed),
            )
            (self._count,) = self._base.execute("SELECT count(*) FROM sources").fetchone()

    @classmethod
    def of(
        cls, sources: Iterable[Source], shard: tuple[int, int] = (1, 1), group_size: int = 8
    ) -> "SourceList":
        """The sources in the state they are in.

        Args:
            sources: files, streams and webcams, with stems of their own; no arrays.
            shard: (i, n), take the i-th of n parts, see ``is_in_shard``.
            group_size: so many neighboring pictures are a group; a video is one of its own.
        """
        own = (source for source in sources if is_in_shard(source, shard))
        return cls(Listed(s, mark_of(s)) for s in _grouped(own, group_size))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Listed]:
        last = 0
        while True:
            with self._lock, told():
                rows = self._base.execute(
                    "SELECT * FROM sources WHERE position > ? ORDER BY position LIMIT ?",
                    (last, PAGE),
                ).fetchall()
            if not rows:
                return
            for last, name, kind, stem, group, mark, together in rows:  # noqa: B007
                words = [word.decode("utf-8", "surrogatepass") for word in (name, stem)]
                address = self._addresses.get(words[1], "")
                source = Source(words[0], kind, words[1], address=address, group=group)
                yield Listed(source, mark, together)

    def groups(self) -> Iterator[list[Listed]]:
        """The sources group by group."""
        for _, group in groupby(self, key=lambda listed: listed.source.group):
            yield list(group)

    def _row(self, listed: Listed) -> tuple:
        source = listed.source
        if source.address:
            self._addresses[source.stem] = source.address
        name, stem = (w.encode("utf-8", "surrogatepass") for w in (source.name, source.stem))
        return name, source.kind, stem, source.group, listed.mark, listed.together


def digest_of(group: Iterable[Listed]) -> str:
    """Names a group of sources, each in its state."""
    return hashlib.sha256("".join(each.digest for each in group).encode()).hexdigest()[:16]


def mark_of(source: Source) -> str:
    """Size and time of the last change of the source's file; empty where there is no file."""
    if source.is_live or source.kind == "array":
        return ""
    try:
        state = Path(source.name).stat()
    except OSError:
        return ""
    return f"{state.st_size}-{state.st_mtime_ns}"


def is_in_shard(source: Source, shard: tuple[int, int]) -> bool:
    """Whether a source belongs to the i-th of n parts, for ``shard`` = (i, n).

    Its stem alone says so: a source stays in its part when others come or go.
    """
    part, parts = shard
    digest = hashlib.sha256(source.stem.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") % parts == part - 1


def _grouped(sources: Iterable[Source], size: int) -> Iterator[Source]:
    number, count = 0, size
    for source in sources:
        if source.is_video or count >= size:
            number, count = number + 1, 0
        count = size if source.is_video else count + 1
        yield replace(source, group=number)
