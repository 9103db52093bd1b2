"""Compare a file's category table with a taxonomy.

Shapes: k keypoints of one category.
"""

from dataclasses import dataclass

from surgtools.annotations.check.field_values import is_id
from surgtools.annotations.check.problems import Problem
from surgtools.annotations.check.writable import find_unwritable, shorten
from surgtools.taxonomy import SURGICAL, Category, Taxonomy


@dataclass(frozen=True)
class Plan:
    """How annotations of one category of one file are read.

    Attributes:
        name: the category's name in the file.
        num_keypoints: k as the file's own table says; None when it says nothing usable.
        instrument: the category of the taxonomy with this name; None when there is none, or when
            its keypoints are others.
        order: (k,) position in the file's order of each keypoint of ``instrument``.
    """

    name: str
    num_keypoints: int | None
    instrument: Category | None
    order: tuple[int, ...] = ()

    @property
    def reordered(self) -> bool:
        return self.order != tuple(range(len(self.order)))


def plan_categories(
    categories: list, file: str, taxonomy: Taxonomy = SURGICAL
) -> tuple[dict[object, Plan], list[Problem]]:
    """Match categories with those of a taxonomy by name, their keypoints by name.

    Returns:
        The plan of each category id that the file defines, and what is wrong with the table.
    """
    plans: dict[object, Plan] = {}
    problems: list[Problem] = []
    names: set[str] = set()
    for row, category in enumerate(categories):
        found, messages = _plan(category, taxonomy)
        problems += [Problem(code, file, text, row=row) for code, text in messages]
        if found is None:
            continue
        if category["id"] in plans or found.name in names:
            text = f"category {category['id']} {found.name} occurs twice"
            problems.append(Problem("category-duplicate", file, text, row=row))
            continue
        names.add(found.name)
        plans[category["id"]] = found
    return plans, problems


def _plan(category: object, taxonomy: Taxonomy) -> tuple[Plan | None, list[tuple[str, str]]]:
    if (
        not isinstance(category, dict)
        or not isinstance(category.get("name"), str)
        or not is_id(category.get("id"))
    ):
        text = f"category {shorten(category)} needs an id and a name"
        return None, [("category-unknown", text)]
    name, keypoints = category["name"], category.get("keypoints", [])
    instrument = next((each for each in taxonomy.categories if each.name == name), None)
    if keypoints == [] and instrument is not None:
        keypoints = list(instrument.keypoints)  # left to the taxonomy; annotations are counted
    listed = isinstance(keypoints, list) and all(isinstance(k, str) for k in keypoints)
    count = len(keypoints) if listed else None
    if instrument is None:
        known = ", ".join(f"{each.id} {each.name}" for each in taxonomy.categories)
        text = f"category {name!r} is unknown; taxonomy {taxonomy.name!r} knows {known}"
        return Plan(name, count, None), [("category-unknown", text)]
    if listed and tuple(keypoints[: instrument.num_keypoints]) == instrument.keypoints:
        # Some public files list more names than their annotations have keypoints.
        keypoints, count = keypoints[: instrument.num_keypoints], instrument.num_keypoints
    if not listed or sorted(keypoints) != sorted(instrument.keypoints):
        text = (
            f"category {name} lists keypoints {shorten(keypoints)}, expected "
            f"{list(instrument.keypoints)}"
        )
        return Plan(name, count, None), [("category-keypoints", text)]
    messages = []
    carried = find_unwritable(category)
    if carried is not None:
        messages.append(("number", f"category {name}: {carried}"))
    if category["id"] != instrument.id:
        text = f"category {name} has id {category['id']}, expected {instrument.id}"
        messages.append(("category-id", text))
    if tuple(keypoints) != instrument.keypoints:
        text = (
            f"category {name} orders keypoints {keypoints}, expected {list(instrument.keypoints)}"
        )
        messages.append(("category-order", text))
    wanted = instrument.to_category()["skeleton"]
    if "skeleton" in category and _edges(category["skeleton"]) != _edges(wanted):
        text = f"category {name} has skeleton {shorten(category['skeleton'])}, expected {wanted}"
        messages.append(("category-skeleton", text))
    order = tuple(keypoints.index(k) for k in instrument.keypoints)
    return Plan(name, count, instrument, order), messages


def _edges(skeleton: object) -> object:
    """Edges without direction and order; anything that is no list of pairs stays as it is."""
    try:
        return {frozenset(edge) for edge in skeleton}
    except TypeError:
        return skeleton
