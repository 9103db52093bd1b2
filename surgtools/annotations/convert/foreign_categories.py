"""The categories of another tool's labels: known ones keep their meaning, others get a guess."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Category, Taxonomy
from surgtools.taxonomy.guesses import guess_swaps


def to_instruments(
    categories: list[dict], taxonomy: Taxonomy | None = None
) -> dict[int, Category]:
    """Category id to category, keypoints in the order of the file.

    Categories of the taxonomy, or of the built-in one, keep their pairs; for others, names that
    differ in left and right are taken for pairs.
    """
    known = taxonomy or SURGICAL
    return {category["id"]: _to_instrument(category, known) for category in categories}


def new_builder(
    labels: dict[str, list[str]],
    info: dict,
    taxonomy: Taxonomy | None = None,
    edges: Mapping[str, list[tuple[str, str]]] | None = None,
) -> tuple[CocoBuilder, dict[str, int]]:
    """A builder for the labels found in a foreign file, and the category id of each label.

    Args:
        labels: label name to its keypoint names. Labels of the built-in taxonomy get its entry; if
            there is any, all of it is written, so that category ids stay the usual ones.
        taxonomy: its categories are written instead, all of them.
        edges: label name to the lines of its skeleton, for labels that are not known.

    Raises:
        InputError: the taxonomy lacks a label or a keypoint.
    """
    if taxonomy is not None:
        for name, keypoints in labels.items():
            _require_keypoints(taxonomy.get(name, "labels"), keypoints)
        ids = {category.name: category.id for category in taxonomy.categories}
        return CocoBuilder(info, taxonomy.categories), ids
    built_in = known_names(labels, SURGICAL)
    usual = [own for own in SURGICAL.categories if own.name in built_in or own.name not in labels]
    instruments = usual if built_in else []
    ids = {instrument.name: instrument.id for instrument in instruments}
    for name, keypoints in labels.items():
        if name not in ids:
            ids[name] = 1 + max(ids.values(), default=0)
            at = {point: number for number, point in enumerate(keypoints, 1)}
            pairs = [(a, b) for a, b in (edges or {}).get(name, ()) if a in at and b in at]
            row = {"id": ids[name], "name": name, "keypoints": keypoints}
            row["skeleton"] = [(at[a], at[b]) for a, b in dict.fromkeys(pairs) if a != b]
            instruments.append(_to_instrument(row, SURGICAL))
    return CocoBuilder(info, instruments), ids


def known_names(labels: Mapping[str, Iterable[str]], taxonomy: Taxonomy) -> set[str]:
    """Labels whose name and keypoints are those of a category; some keypoints may be missing."""
    return {
        own.name
        for own in taxonomy.categories
        if own.name in labels and set(labels[own.name]) <= set(own.keypoints)
    }


def _require_keypoints(category: Category, keypoints: Iterable[str]) -> None:
    odd = [name for name in keypoints if name not in category.keypoints]
    if odd:
        raise InputError(
            f"label {category.name!r} has the keypoint {odd[0]!r}, the taxonomy has "
            f"{', '.join(category.keypoints) or 'none'}; rename it in one of them"
        )


def _to_instrument(category: dict, taxonomy: Taxonomy) -> Category:
    names = tuple(category.get("keypoints") or ())
    known = next((i for i in taxonomy.categories if i.name == category["name"]), None)
    if known is not None and known.keypoints == names:
        return replace(known, id=category["id"])
    if known is not None and sorted(known.keypoints) == sorted(names):
        return replace(known, id=category["id"], keypoints=names, sigmas=())
    skeleton = _edges(category.get("skeleton"), names)
    return Category(category["id"], category["name"], names, guess_swaps(names), skeleton)


def _edges(skeleton: object, names: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """A file's edges by name; none when they do not count from 1 as COCO does."""
    try:
        pairs = [(int(a), int(b)) for a, b in skeleton or ()]
    except (TypeError, ValueError):
        return ()
    if any(not 1 <= end <= len(names) for pair in pairs for end in pair):
        return ()
    return tuple((names[a - 1], names[b - 1]) for a, b in pairs)
