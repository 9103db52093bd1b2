"""Carry a taxonomy through the hosts: in configs, datasets' metainfo and checkpoints."""

import json
from collections.abc import Mapping

from surgtools.taxonomy.files import read_taxonomy
from surgtools.taxonomy.layout import Taxonomy
from surgtools.taxonomy.surgical import SURGICAL

KEY = "taxonomy"
"""Where a dataset's metainfo, hence ``dataset_meta`` of a checkpoint, holds ``to_dict()``."""


def to_taxonomy(values: Mapping | Taxonomy | str | None) -> Taxonomy:
    """The taxonomy that a config names.

    Args:
        values: those of ``Taxonomy.to_dict``, also as JSON; a taxonomy; what ``read_taxonomy``
            takes; or None for the two instruments of the package.
    """
    if values is None:
        return SURGICAL
    if isinstance(values, str):
        return to_taxonomy(json.loads(values)) if holds_values(values) else read_taxonomy(values)
    return values if isinstance(values, Taxonomy) else Taxonomy.from_dict(_plain(values))


def to_config(taxonomy: Taxonomy) -> str:
    """A taxonomy as one value of a config.

    The hosts format a config whenever they save it. Every part holds the taxonomy, and nested
    lists of 54 categories keep them busy for minutes; a text is written as it is.
    """
    return json.dumps(taxonomy.to_dict(), ensure_ascii=False)


def holds_values(value: object) -> bool:
    """Whether a config holds a taxonomy itself, and not the name of one or nothing."""
    return isinstance(value, Mapping) or (isinstance(value, str) and value.startswith("{"))


def taxonomy_of(metainfo: Mapping | None) -> Taxonomy:
    """The taxonomy of a dataset's metainfo; the built-in one where it names none."""
    return to_taxonomy((metainfo or {}).get(KEY))


def _plain(values: object) -> object:
    """Configs wrap dicts and lists in classes of their own."""
    if isinstance(values, Mapping):
        return {key: _plain(value) for key, value in values.items()}
    return [_plain(value) for value in values] if isinstance(values, list | tuple) else values
