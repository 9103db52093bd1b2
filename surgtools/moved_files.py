"""Recognize a file by its name when the folders before it have changed."""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import PurePosixPath

Parts = tuple[str, ...]


def parts_of(name: object, by_stem: bool = False) -> Parts:
    """The folders and the file of a name; there is always a last part.

    Args:
        name: ``/`` and ``\\`` both separate its parts.
        by_stem: without the suffix of the file.
    """
    path = PurePosixPath(str(name).replace("\\", "/"))
    return (path.with_suffix("") if by_stem and path.name else path).parts or ("",)


def shared_parts(one: Parts, other: Parts) -> int:
    """How many parts two names share, counted from the end; one more where they are equal."""
    pairs = zip(reversed(one), reversed(other), strict=False)
    differ = (number for number, (a, b) in enumerate(pairs) if a != b)
    return next(differ, min(len(one), len(other))) + (one == other)


class MovedFiles:
    """Names of files, found again by where the files lie now.

    A file that alone has its name is found wherever it lies. Of several files with one name as
    many trailing folders as needed must agree.

    Args:
        names: as the files were called.
        by_stem: compare names without their suffixes.
    """

    def __init__(self, names: Iterable[str], by_stem: bool = False) -> None:
        self.by_stem = by_stem
        self._names: dict[str, dict[str, Parts]] = defaultdict(dict)
        for name in names:
            parts = parts_of(name, by_stem)
            self._names[parts[-1]][name] = parts

    def find(self, name: str) -> list[str]:
        """The names that mean this file; several if its folders do not tell them apart."""
        parts = parts_of(name, self.by_stem)
        fitting = self._names.get(parts[-1], {})
        equal = [known for known, own in fitting.items() if own == parts]
        if equal:
            return equal
        for depth in range(2, len(parts) + 1):
            if len(fitting) <= 1:
                break
            fitting = {k: own for k, own in fitting.items() if own[-depth:] == parts[-depth:]}
        return list(fitting)


def shortest_names(names: Iterable[str], by_stem: bool = False) -> dict[str, str]:
    """Each name with as few of its trailing folders as tell it apart from the others.

    Args:
        names: different ones.
        by_stem: without suffixes, unless nothing else tells two files apart.
    """
    alike: dict[str, list[Parts]] = defaultdict(list)
    parts = {name: parts_of(name, by_stem) for name in names}
    for own in parts.values():
        alike[own[-1]].append(own)
    shortest = {}
    for name, own in parts.items():
        group, depth = alike[own[-1]], 1
        while depth < len(own) and sum(o[-depth:] == own[-depth:] for o in group) > 1:
            depth += 1
        alone = group.count(own) == 1
        shortest[name] = "/".join(own[-depth:] if alone else parts_of(name))
    return shortest
