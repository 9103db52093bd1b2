"""Categories that annotations have and the list of their file lacks, as public files show.

Names and keypoints of such a category are unknown. What its annotations hold says how many
keypoints it has; a listed category of as many lends their names.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surgtools.annotations.check.field_values import is_id
from surgtools.annotations.check.problems import KINDS
from surgtools.annotations.check.writable import shorten
from surgtools.errors import InputError
from surgtools.taxonomy import Taxonomy

_SHOWN = 6


@dataclass
class Unlisted:
    """The annotations of one category that is not listed.

    Attributes:
        first: the first of them.
        counts: how often each number of keypoints occurs.
    """

    first: dict
    counts: Counter = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """The number of annotations."""
        return sum(self.counts.values())

    @property
    def num_keypoints(self) -> int:
        """The usual number of keypoints; annotations without any say nothing, if others do."""
        labelled = Counter({count: n for count, n in self.counts.items() if count})
        return labelled.most_common(1)[0][0] if labelled else 0


class UnlistedCategories:
    """Gathers the annotations of categories that are not listed.

    Args:
        categories: the file's list. Where an entry of it is broken nothing is gathered, since
            that one may be meant.
    """

    def __init__(self, categories: Sequence) -> None:
        sound = all(isinstance(row, dict) and is_id(row.get("id")) for row in categories)
        self.found: dict[int, Unlisted] = {}
        self._categories = [row for row in categories if sound]
        self._listed = {row["id"] for row in self._categories}
        self._sound = sound

    def take(self, annotation: object) -> bool:
        """Count an annotation if its category is not listed; returns whether it is so."""
        key = annotation.get("category_id") if isinstance(annotation, dict) else None
        if not self._sound or not is_id(key) or key < 0 or key in self._listed:
            return False
        keypoints = annotation.get("keypoints")
        count = len(keypoints) // 3 if isinstance(keypoints, list) else 0
        self.found.setdefault(key, Unlisted(annotation)).counts[count] += 1
        return True

    def describe(self, key: int) -> str:
        """One line about one of them."""
        rows = self._categories
        shown = ", ".join(f"{row['id']} {shorten(row.get('name'))}" for row in rows[:_SHOWN])
        more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        total = self.found[key].total
        return (
            f"{total} annotation{'s have' if total > 1 else ' has'} category_id {key}, which "
            f"`categories` does not list; it lists {shown or 'none'}{more}"
        )

    def rows(self, taxonomy: Taxonomy | None = None) -> list[dict]:
        """An entry of ``categories`` for each: the taxonomy's, else one called after its id."""
        return [self._row(key, one, taxonomy) for key, one in self.found.items()]

    def refuse(self, file: str | Path) -> None:
        """Raise an InputError about the first of them, if there is any."""
        for key in self.found:
            what = KINDS["category-unlisted"].todo
            raise InputError(f"{file}: {self.describe(key)}; {what}")

    def _row(self, key: int, one: Unlisted, taxonomy: Taxonomy | None) -> dict:
        names = {row.get("name") for row in self._categories}
        for known in taxonomy.categories if taxonomy is not None else ():
            if known.id == key and known.name not in names:
                return known.to_category()
        name = f"category_{key}"
        while name in names:
            name += "_"
        return {"id": key, "name": name, **self._keypoints(one.num_keypoints)}

    def _keypoints(self, count: int) -> dict:
        """Keypoints and skeleton of the listed categories with so many, if these agree."""
        alike = [
            row
            for row in self._categories
            if isinstance(row.get("keypoints"), list) and len(row["keypoints"]) == count > 0
        ]
        if not alike or any(row["keypoints"] != alike[0]["keypoints"] for row in alike):
            return {"keypoints": [f"keypoint_{n + 1}" for n in range(count)]}
        return {key: alike[0][key] for key in ("keypoints", "skeleton") if key in alike[0]}
