"""Let the machines of a cluster make the parts; the one that asks lists, counts and joins them."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import groupby

from surgtools.engines import Work, ray
from surgtools.prediction.part_maker import Made, PartJob, PartMaker
from surgtools.prediction.source_list import Listed, SourceList

PICTURES = 32
"""So many pictures are given out together; a video goes alone."""

Chunk = list[Listed]


def make_on_cluster(
    job: PartJob, todo: SourceList, cards: float | None, advance: Callable[[int], None]
) -> Made:
    """As ``PartMaker.make``, on a Ray cluster.

    A worker that dies has left parts that nobody heard of: what is done is what has a part.

    Args:
        job: all its paths are seen by every machine.
        cards: of one worker, see ``engines.ray.do_items``.
        advance: called with the number of sources that were done.
    """
    made = Made()
    try:
        for count, some in ray.do_items(partial(_begin, job), in_chunks(todo), cards):
            made.frames += some.frames
            made.instances += some.instances
            made.problems += some.problems
            advance(count)
    except KeyboardInterrupt:
        made.interrupted = True
    return made


def in_chunks(todo: SourceList) -> Iterator[Chunk]:
    """Groups of pictures together, and each video alone."""
    chunk: Chunk = []
    for group in todo.groups():
        if chunk and (group[0].source.is_video or len(chunk) >= PICTURES):
            yield chunk
            chunk = []
        chunk += group
        if group[0].source.is_video:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _begin(job: PartJob) -> Work:
    """In a worker: load the networks, and return what looks at a chunk."""
    return partial(_make, PartMaker(job))


def _make(maker: PartMaker, chunk: Chunk) -> tuple[int, Made]:
    """Groups that a worker which died has finished are not done twice."""
    is_done, todo = maker.job.parts.is_done, []
    for _, group in groupby(chunk, key=lambda listed: listed.source.group):
        members = list(group)
        if not all(map(is_done, members)):
            todo += members
    return len(chunk), maker.make(todo) if todo else Made()
