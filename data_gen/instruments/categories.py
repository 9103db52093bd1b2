"""Which category a model file is of: one that the taxonomy knows, or one that the file defines.

category: needle_holder          # known: of the built-in taxonomy, or of --taxonomy

category:                        # new: the keypoints are those of the file
  name: dissector
  swaps: [[left_tip, right_tip]]
  base: [hinge]
  tips: [left_tip, right_tip]
  image_sides: true
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from surgtools.errors import InputError
from surgtools.taxonomy import Category, Taxonomy
from surgtools.taxonomy.guesses import guess_axis, guess_swaps


def category_in(value: Any, keypoints: Iterable[str], taxonomy: Taxonomy, path: Path) -> Category:
    """The category that a model file names or defines.

    Args:
        value: of its key ``category``: a name, or a table of ``Category``'s fields.
        keypoints: names in the order of the file; those of a category that it defines.
        taxonomy: what is known already.

    Raises:
        InputError: an unknown name, a broken table, or one that contradicts the taxonomy.
    """
    if not isinstance(value, Mapping):
        try:
            return taxonomy.get(value)
        except InputError as error:
            raise InputError(
                f"{path}: {error}; or define it: category: {{name: ..., swaps: ...}}"
            ) from error
    names = tuple(map(str, keypoints))
    row = {"id": _free_id(taxonomy), "keypoints": list(names), **value}
    try:
        category = Taxonomy.from_dict({"name": path.stem, "categories": [row]}).categories[0]
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    if sorted(category.keypoints) != sorted(names):
        raise InputError(
            f"{path}: category.keypoints are {', '.join(category.keypoints)}, keypoints has "
            f"{', '.join(names)}; leave category.keypoints out, or make them the same"
        )
    if "swaps" not in value:
        category = replace(category, swaps=guess_swaps(category.keypoints))
    if "base" not in value and "tips" not in value:
        base, tips = guess_axis(category.keypoints, category.swaps)
        category = replace(category, base=base, tips=tips)
    return _as_known(category, value, taxonomy, path)


def _as_known(category: Category, value: Mapping, taxonomy: Taxonomy, path: Path) -> Category:
    """Two files may define one category, if they define the same."""
    known = next((own for own in taxonomy.categories if own.name == category.name), None)
    if known is None:
        taken = next((own.name for own in taxonomy.categories if own.id == category.id), None)
        if taken is not None:
            raise InputError(
                f"{path}: category id {category.id} is that of {taken}; give another, or none"
            )
        return category
    if replace(category, id=known.id) != known or value.get("id", known.id) != known.id:
        raise InputError(
            f"{path}: category {category.name!r} is another one than taxonomy {taxonomy.name!r} "
            "has; write category: NAME to use that, or give yours another name"
        )
    return known


def _free_id(taxonomy: Taxonomy) -> int:
    return 1 + max(category.id for category in taxonomy.categories)


def with_category(taxonomy: Taxonomy, category: Category) -> Taxonomy:
    """The taxonomy with a category more, unless it has it."""
    if category in taxonomy.categories:
        return taxonomy
    return Taxonomy(f"{taxonomy.name}_{category.name}", (*taxonomy.categories, category))
