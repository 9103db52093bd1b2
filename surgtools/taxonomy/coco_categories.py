"""The taxonomy of a COCO annotation file, from its ``categories`` alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from surgtools.errors import InputError
from surgtools.taxonomy.category import Category
from surgtools.taxonomy.coco_person import COCO_PERSON
from surgtools.taxonomy.guesses import guess_axis, guess_swaps
from surgtools.taxonomy.layout import Taxonomy
from surgtools.taxonomy.surgical import SURGICAL

_KNOWN = (*SURGICAL.categories, *COCO_PERSON.categories)
"""A category of one of these names and with all of its keypoints is that category."""


@dataclass(frozen=True)
class Guess:
    """What was not in the file and was guessed from the names.

    Attributes:
        category: name of the category.
        part: ``swaps``, ``base and tips`` or ``keypoints``.
        value: what was taken.
    """

    category: str
    part: str
    value: object


def from_coco_categories(
    rows: Sequence[dict], name: str, where: str, num_keypoints: dict[int, int] | None = None
) -> tuple[Taxonomy, list[Guess]]:
    """Turn COCO's ``categories`` into a taxonomy; pairs come from the names.

    Args:
        rows: the file's ``categories``, in label order.
        name: of the taxonomy, usually that of the file.
        where: starts every message, usually the path.
        num_keypoints: category id to the number of keypoints that its annotations really have.
            A category that lists none gets numbered ones.

    Returns:
        The taxonomy, and what was guessed. The names of the two instruments alone give their
        taxonomy. Any category that the package knows, a person with COCO's keypoints too, keeps
        what is known of it.

    Raises:
        InputError: a category is broken, or lists another number of keypoints than its
            annotations have.
    """
    if _are_built_in(rows):
        return SURGICAL, []
    guesses: list[Guess] = []
    categories = []
    for row in rows:
        try:
            categories.append(_category(row, (num_keypoints or {}).get(row.get("id")), guesses))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise InputError(
                f"{where}: category {row!r:.80} is broken; id, name, keypoints (names) and "
                "skeleton (pairs counted from 1) are expected"
            ) from None
    try:
        return Taxonomy(name, tuple(categories)), guesses
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _are_built_in(rows: Sequence[dict]) -> bool:
    """Whether all names are of the built-in taxonomy; ids and order may be in need of repair."""
    names = [row.get("name") for row in rows if isinstance(row, dict)]
    return len(names) == len(rows) and all(name in SURGICAL.classes for name in names)


def _category(row: dict, found: int | None, guesses: list[Guess]) -> Category:
    name = row["name"]
    keypoints = tuple(row.get("keypoints") or ())
    if not keypoints and found:
        keypoints = tuple(f"keypoint_{index + 1}" for index in range(found))
        guesses.append(Guess(name, "keypoints", list(keypoints)))
    if found is not None and found > len(keypoints):
        raise InputError(
            f"category {name!r} lists {len(keypoints)} keypoints, its annotations have {found}; "
            "add the missing names"
        )
    if found is not None and found < len(keypoints):
        keypoints = keypoints[:found]
        guesses.append(Guess(name, f"keypoints (the first {found} names)", list(keypoints)))
    skeleton, left_out = _skeleton(row.get("skeleton") or (), keypoints, name)
    if left_out:
        guesses.append(Guess(name, "skeleton without bones to nowhere", left_out))
    known = next((own for own in _KNOWN if own.name == name), None)
    if known is not None and sorted(known.keypoints) == sorted(keypoints):
        sigmas = tuple(known.sigmas[known.index(keypoint)] for keypoint in keypoints)
        return replace(known, id=int(row["id"]), keypoints=keypoints, sigmas=sigmas)
    plain = Category(int(row["id"]), name, keypoints)
    swaps = guess_swaps(keypoints)
    if swaps:
        guesses.append(Guess(name, "swaps", [list(pair) for pair in swaps]))
    base, tips = guess_axis(keypoints, swaps)
    if base:
        guesses.append(Guess(name, "base and tips", [list(base), list(tips)]))
    return replace(
        plain,
        swaps=swaps,
        skeleton=skeleton,
        base=base,
        tips=tips,
        supercategory=row.get("supercategory") or "object",
    )


def _skeleton(
    bones: Sequence, keypoints: tuple[str, ...], name: str
) -> tuple[tuple[tuple[str, str], ...], list[list[int]]]:
    """Bones by name, and those that lead to no keypoint, as some public files have them.

    COCO counts from 1. A bone to 0 says that the file counts from 0.
    """
    pairs = [tuple(int(end) for end in bone) for bone in bones]
    if any(len(pair) != 2 for pair in pairs):
        raise InputError(
            f"category {name!r}: its skeleton holds {bones!r:.60}; pairs are expected"
        )
    first = 0 if any(0 in pair for pair in pairs) else 1
    ends = range(first, len(keypoints) + first)
    named = tuple(
        (keypoints[a - first], keypoints[b - first])
        for a, b in pairs
        if a in ends and b in ends and a != b
    )
    return named, [list(pair) for pair in pairs if not {*pair} <= {*ends} or pair[0] == pair[1]]
