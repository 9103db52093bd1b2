"""Carry a taxonomy through the hosts: in configs, datasets' metainfo and checkpoints."""

from collections.abc import Mapping

from surgtools.taxonomy.layout import Taxonomy
from surgtools.taxonomy.surgical import SURGICAL

KEY = "taxonomy"
"""Where a dataset's metainfo, hence ``dataset_meta`` of a checkpoint, holds ``to_dict()``."""


def to_taxonomy(values: Mapping | Taxonomy | None) -> Taxonomy:
    """The taxonomy that a config names.

    Args:
        values: those of ``Taxonomy.to_dict``, a taxonomy, or None for the built-in one.
    """
    if values is None:
        return SURGICAL
    return values if isinstance(values, Taxonomy) else Taxonomy.from_dict(_plain(values))


def taxonomy_of(metainfo: Mapping | None) -> Taxonomy:
    """The taxonomy of a dataset's metainfo; the built-in one where it names none."""
    return to_taxonomy((metainfo or {}).get(KEY))


def _plain(values: object) -> object:
    """Configs wrap dicts and lists in classes of their own."""
    if isinstance(values, Mapping):
        return {key: _plain(value) for key, value in values.items()}
    return [_plain(value) for value in values] if isinstance(values, list | tuple) else values
