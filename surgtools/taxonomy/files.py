"""Taxonomies as files: YAML of our own, MMPose's ``dataset_info``, and the file of a dataset."""

from pathlib import Path

from surgtools.errors import InputError
from surgtools.files import write_whole
from surgtools.taxonomy.coco_categories import Guess
from surgtools.taxonomy.coco_person import COCO_PERSON
from surgtools.taxonomy.dataset_info import from_dataset_info, read_dataset_info
from surgtools.taxonomy.layout import Taxonomy
from surgtools.taxonomy.surgical import SURGICAL

BUILT_IN = {"surgical": SURGICAL, "coco_person": COCO_PERSON}
"""Taxonomies of the package, by the names under which flags and configs take them."""

FILE_NAME = "taxonomy.yaml"
"""A dataset folder may hold one; it comes before the ``categories`` of the annotation file."""

_HEAD = """\
# What is found: categories, their keypoints, and what holds between them.
#   id            COCO category id
#   keypoints     names, in the order they have on disk; leave it empty for a box only
#   swaps         [left, right] pairs that trade places when the picture is flipped
#   skeleton      lines that are drawn, [keypoint, keypoint]
#   base, tips    keypoints where the axis starts and ends; leave both empty without an axis
#   sigmas        OKS constants, in the order of keypoints; `surgtools data sigmas` measures them
#   image_sides   true: left is the viewer's left when the tips point up
#                 false: sides belong to the thing, as a person's left hand
"""


def read_taxonomy(path: str | Path, categories: list[dict] | None = None) -> Taxonomy:
    """Read a taxonomy from ``.yaml`` (ours) or ``.py`` (MMPose's ``dataset_info``).

    Args:
        path: the file, or the name of a taxonomy in ``BUILT_IN``.
        categories: COCO's ``categories`` of the data; names and ids for a ``dataset_info``, which
            has none of its own.

    Raises:
        InputError: the file is missing, of another kind, or contradicts itself.
    """
    if str(path) in BUILT_IN:
        return BUILT_IN[str(path)]
    path = Path(path)
    if path.is_dir():
        raise InputError(f"{path}: is a folder; a taxonomy is a .yaml or .py file")
    if not path.is_file():
        raise InputError(
            f"{path}: no such taxonomy file; give a .yaml or .py file, or {' or '.join(BUILT_IN)}"
        )
    if path.suffix.lower() == ".py":
        return from_dataset_info(read_dataset_info(path), str(path), categories)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise InputError(f"{path}: taxonomies are .yaml or .py (MMPose's dataset_info)")
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, LookupError, TypeError, RecursionError, yaml.YAMLError) as error:
        first = " ".join(str(error).split(";")[0].split())[:100]
        raise InputError(f"{path}: cannot be read as YAML ({first}); correct the file") from None
    try:
        return Taxonomy.from_dict(values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def write_taxonomy(taxonomy: Taxonomy, path: str | Path, guesses: list[Guess] = ()) -> None:
    """Write a commented YAML file; guesses are marked as such."""
    import yaml

    guessed: dict[str, list[str]] = {}
    for guess in guesses:
        guessed.setdefault(guess.category, []).append(guess.part)
    lines = [_HEAD, f"name: {_flow(yaml, taxonomy.name)}", "categories:"]
    for row in taxonomy.to_dict()["categories"]:
        if row["name"] in guessed:
            parts = ", ".join(guessed[row["name"]])
            lines.append(f"  # guessed from the names, please check: {parts}")
        for number, (key, value) in enumerate(row.items()):
            lines.append(f"  {'-' if number == 0 else ' '} {key}: {_flow(yaml, value)}")
    with write_whole(path) as part:
        part.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _flow(yaml, value: object) -> str:
    """One value on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
    return text.strip().removesuffix("...").strip()
