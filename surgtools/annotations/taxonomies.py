"""Which taxonomy a dataset has: the user's file, the dataset's own, or its categories."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from surgtools.annotations.collected_categories import Categories, add_rows, collect_categories
from surgtools.dataset_folder import PARTS
from surgtools.errors import InputError
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.coco_categories import Guess, from_coco_categories
from surgtools.taxonomy.files import FILE_NAME, read_taxonomy, write_taxonomy


def find_taxonomy(
    data: str | Path | None,
    taxonomy_file: str | Path | None = None,
    even: bool = False,
    complete: bool = False,
) -> tuple[Taxonomy, list[Guess]]:
    """The taxonomy of a dataset: of ``taxonomy_file``, its taxonomy.yaml or its categories.

    Args:
        data: dataset folder or annotation file; None or a place without annotations leaves
            ``taxonomy_file``, or the built-in taxonomy.
        taxonomy_file: that the user names.
        even: refuse annotations of one category with different numbers of keypoints, and those
            of a category that is not listed; otherwise it is left to whoever reads the
            annotations.
        complete: add categories that are not listed; ``even`` does not refuse them then.

    Returns:
        The taxonomy, and what had to be guessed from names. Nothing is guessed of a file.

    Raises:
        InputError: a file is broken, or file and data contradict each other.
    """
    found = collect_categories(data) if data is not None else Categories()
    if even and found.uneven:
        raise InputError(found.uneven)
    return _choose(found, data, taxonomy_file, even, complete)


def content_taxonomy(
    content: Mapping, path: str | Path, taxonomy_file: str | Path | None = None
) -> Taxonomy:
    """As ``find_taxonomy`` of a file that has been read: its three lists are there.

    Args:
        content: of the COCO file at ``path``.
    """
    found = Categories(files=[Path(path)])
    rows = ((name, row) for name in ("categories", "annotations") for row in content[name])
    add_rows(rows, content["categories"], found, Path(path))
    return _choose(found, path, taxonomy_file)[0]


def _choose(
    found: Categories,
    data: str | Path | None,
    given: str | Path | None,
    even: bool = False,
    complete: bool = False,
) -> tuple[Taxonomy, list[Guess]]:
    own = None if data is None else own_file(Path(data))
    path = Path(given) if given is not None else own
    file, unlisted = found.unlisted or (None, None)
    if even and unlisted and not complete:
        unlisted.refuse(file)
    if path is not None:
        taxonomy = read_taxonomy(path, found.rows or None)
        _require_agreement(taxonomy, found, path)
        return taxonomy, []
    if not found.rows:
        return SURGICAL, []
    name = Path(data).resolve()
    name = name if name.is_dir() else name.parent
    listed = {row["id"] for row in found.rows if isinstance(row.get("id"), int)}
    added = unlisted.rows() if complete and unlisted else []
    added = [row for row in added if row["id"] not in listed]
    where, rows = str(found.files[0]), [*found.rows, *added]
    taxonomy, guesses = from_coco_categories(rows, name.name, where, found.num_keypoints)
    what = "all of it; only annotations have it, and `surgtools data check --fix` lists it"
    return taxonomy, [*(Guess(row["name"], what, row["keypoints"]) for row in added), *guesses]


def require_same_categories(trained: Taxonomy, data: Taxonomy, where: str) -> None:
    """Refuse data whose categories or keypoints are not those that a network was trained for.

    Sigmas, skeletons and names of taxonomies may differ: they change no answer.

    Raises:
        InputError: naming the first difference.
    """
    for own, wanted in zip(trained.categories, data.categories, strict=False):
        if (own.id, own.name, own.keypoints) != (wanted.id, wanted.name, wanted.keypoints):
            raise InputError(
                f"{where}: category {wanted.id} {wanted.name} with {wanted.num_keypoints} "
                f"keypoints, the network was trained for {own.id} {own.name} with "
                f"{own.num_keypoints}; give data or a checkpoint of one taxonomy"
            )
    if len(trained.categories) < len(data.categories):
        more = data.categories[len(trained.categories)]
        raise InputError(
            f"{where}: holds {more.name}, which the network was not trained for; give data or a "
            "checkpoint of one taxonomy"
        )


def carry_taxonomy(sources: Iterable[str | Path], out: str | Path) -> str | None:
    """Write the taxonomy.yaml of datasets beside what was made from them.

    Args:
        sources: annotation files or dataset folders; without a taxonomy.yaml nothing happens.
        out: dataset folder, or the annotation file, that was made.

    Returns:
        One line when it could not be done, since files contradict each other.

    Raises:
        InputError: a taxonomy.yaml is broken.
    """
    files = sorted({file for source in sources if (file := own_file(Path(source)))})
    if not files:
        return None
    out = Path(out)
    inside = out.parent.parent if out.parent.name in PARTS else out.parent
    target = (out if out.is_dir() else inside) / FILE_NAME
    taxonomy, *others = (read_taxonomy(file) for file in (*files, target) if os.path.lexists(file))
    if any(other.categories != taxonomy.categories for other in others):
        return f"{target}: is left as it is, since {files[0]} and another one differ"
    try:
        _require_agreement(taxonomy, collect_categories(out), files[0])
    except InputError as error:
        return f"{target}: is not written ({error})"
    if not target.exists():
        write_taxonomy(taxonomy, target)
    return None


def read_own_files(sources: Iterable[str | Path]) -> list[Taxonomy]:
    """What the taxonomy.yaml of datasets say; those that have none are passed over.

    Raises:
        InputError: one is broken.
    """
    files = (own_file(Path(source)) for source in sources)
    return [read_taxonomy(file) for file in files if file]


def own_file(data: Path) -> Path | None:
    """The taxonomy.yaml of a dataset folder, also found from one of its annotation files."""
    folders = [data] if data.is_dir() else [data.parent, data.parent.parent]
    return next((f / FILE_NAME for f in folders if os.path.lexists(f / FILE_NAME)), None)


def _require_agreement(taxonomy: Taxonomy, found: Categories, path: Path) -> None:
    for row in found.rows:
        category = taxonomy.get(row.get("name"), str(found.files[0]))
        if category.id != row.get("id"):
            raise InputError(
                f"{found.files[0]}: category {category.name!r} has id {row.get('id')}, {path} "
                f"says {category.id}; correct one of them, or convert the labels of another tool "
                "again with --taxonomy"
            )
        listed = tuple(row.get("keypoints") or ())
        if listed and listed != category.keypoints and len(listed) >= category.num_keypoints:
            raise InputError(
                f"{found.files[0]}: category {category.name!r} has keypoints "
                f"{', '.join(map(str, listed))}; {path} has {', '.join(category.keypoints)}; "
                "correct one of them, or convert the labels of another tool again with --taxonomy"
            )
