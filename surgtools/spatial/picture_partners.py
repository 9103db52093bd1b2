"""Find which pictures of two cameras belong together, by their names and folders.

Shapes: R pictures of one name from one camera, C from the other.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np


def picture_partners(first: Sequence[PurePath], other: Sequence[PurePath]) -> list[int | None]:
    """For each picture of one camera the number of its partner among those of another.

    That is the one of its name; of several the one whose folders agree best. None where there is
    no such picture, or not just one.

    Args:
        first, other: paths without endings.
    """
    here, there = _by_name(first), _by_name(other)
    partners: list[int | None] = [None] * len(first)
    for name, rows in here.items():
        columns = there.get(name, [])
        if not columns:
            continue
        agree = _agreement([first[i] for i in rows], [other[j] for j in columns])
        for i, row in zip(rows, agree, strict=True):
            best = row.argmax()
            # Both ways, or one picture would be the partner of several.
            if (row >= row[best]).sum() == 1 == (agree[:, best] >= row[best]).sum():
                partners[i] = columns[best]
    return partners


def _by_name(pictures: Sequence[PurePath]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = defaultdict(list)
    for place, picture in enumerate(pictures):
        places[picture.name].append(place)
    return places


def _agreement(rows: Sequence[PurePath], columns: Sequence[PurePath]) -> np.ndarray:
    """(R, C) how well folders agree, each counted from the picture; a near one weighs most.

    Not only the last ones: scene1/left/000 and scene1/right/000 belong together.
    """
    depth = max(len(picture.parts) for picture in (*rows, *columns))
    own, others = (
        np.array([[*p.parts[::-1], *[missing] * (depth - len(p.parts))] for p in some])
        for some, missing in ((rows, ""), (columns, "/"))
    )
    return (own[:, None] == others[None]) @ 0.5 ** np.arange(depth)
