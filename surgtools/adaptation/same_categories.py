"""Which categories and keypoints a pair was trained for, and are they those of the source?"""

from pathlib import Path

from surgtools.annotations.taxonomies import find_taxonomy, require_same_categories
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.prediction.models import Models
from surgtools.taxonomy import Taxonomy
from surgtools.taxonomy.in_configs import taxonomy_of


def check_same_categories(pair: Models, trust: bool = False) -> Taxonomy:
    """The taxonomy of a pair, or of one network for both; all checkpoints must be trained for it.

    The networks themselves are checked where they are built; this reads what training left in
    ``meta``, which a network of equal size would hide.

    Raises:
        InputError: with the names found and expected.
    """
    taxonomies = []
    for role in pair.roles:
        _, weights = pair.files(role)
        meta = load_checkpoint(weights, trust)["meta"].get("dataset_meta") or {}
        taxonomies.append(taxonomy_of(meta))
        _require_names(meta, taxonomies[-1], weights)
    own, *others = taxonomies
    for other in others:
        require_same_categories(own, other, str(pair.pose2d_weights))
        require_same_categories(other, own, str(pair.det_weights))
    return own


def check_source(taxonomy: Taxonomy, source: Path) -> None:
    """Refuse a source set of other categories than the pair was trained for.

    Raises:
        InputError: naming the first difference.
    """
    require_same_categories(taxonomy, find_taxonomy(source)[0], str(source))


def _require_names(meta: dict, taxonomy: Taxonomy, weights: Path) -> None:
    """Names beside a taxonomy, or without one those of another package, must be its own."""
    found = {key.lower(): value for key, value in meta.items()}
    classes = found.get("classes")
    if classes is not None and tuple(classes) != taxonomy.classes:
        raise InputError(
            f"{weights}: trained for the categories {list(classes)}, taxonomy {taxonomy.name!r} "
            f"knows {list(taxonomy.classes)}; give a checkpoint that `surgtools train` wrote"
        )
    names = found.get("keypoint_id2name")
    if names and tuple(names[key] for key in sorted(names)) != taxonomy.union_keypoints:
        raise InputError(
            f"{weights}: trained for other keypoints ({names[min(names)]}, ...), taxonomy "
            f"{taxonomy.name!r} has {', '.join(taxonomy.union_keypoints[:1]) or 'none'}, ...; "
            "give a checkpoint that `surgtools train` wrote"
        )
