"""Categories as plain values for JSON, YAML and configs, and back."""

from collections.abc import Mapping
from dataclasses import asdict

from surgtools.errors import InputError
from surgtools.taxonomy.category import Category

_PAIRS, _LISTS = ("swaps", "skeleton"), ("keypoints", "base", "tips", "sigmas")


def to_plain(category: Category) -> dict:
    """Tuples as lists, so that JSON and YAML give back what they were given."""
    return {key: _listed(value) for key, value in asdict(category).items()}


def from_plain(row: object) -> Category:
    """The category that ``to_plain`` wrote.

    Raises:
        InputError: a part is missing, unknown or of another type.
    """
    if not isinstance(row, Mapping):
        raise InputError(f"category {row!r} is no table; id, name and keypoints are expected")
    known = set(Category.__dataclass_fields__)
    if unknown := set(row) - known:
        raise InputError(
            f"category {row.get('name')!r}: {sorted(map(str, unknown))[0]!r} is unknown; "
            f"known are {', '.join(sorted(known))}"
        )
    if missing := {"id", "name"} - set(row):
        raise InputError(f"category {row.get('name')!r} lacks {sorted(missing)[0]!r}; add it")
    values = dict(row)
    for key in (*_PAIRS, *_LISTS):
        part = values.get(key, ())
        nested = key in _PAIRS
        if not isinstance(part, list | tuple) or (
            nested and not all(isinstance(pair, list | tuple) for pair in part)
        ):
            raise InputError(
                f"category {row['name']!r}: {key} is {part!r}; a list "
                f"{'of pairs ' if nested else ''}is expected"
            )
        values[key] = tuple(map(tuple, part)) if nested else tuple(part)
    return Category(**values)


def _listed(value: object) -> object:
    return [_listed(part) for part in value] if isinstance(value, tuple) else value
