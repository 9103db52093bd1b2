"""Put a taxonomy into a config: every part that counts categories or keypoints gets it."""

from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config, ConfigDict

from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.in_configs import KEY, holds_values, taxonomy_of, to_config, to_taxonomy

TAKERS = (
    "InstrumentDataset",
    "InstrumentDetDataset",
    "InstrumentLiftingDataset",
    "ComposedDetDataset",
    "InstrumentRTMDetHead",
    "InstrumentRTMCCHead",
    "InstrumentHeatmapHead",
    "InstrumentKeypointRCNN",
    "InstrumentLifter",
    "InstrumentRTMO",
    "UnionSimCC",
    "UnionHeatmap",
    "UnionLifting",
    "PseudoLabelTrust",
)
"""Registered parts with an argument ``taxonomy``."""


def set_taxonomy(config: Config, taxonomy: Taxonomy) -> None:
    """Let datasets, heads and codecs of a config work on a taxonomy; changes the config in place.

    The taxonomy that counts where none is named leaves a config that names none as it is written.
    A config keeps plain values, so that a checkpoint carries its own taxonomy.
    """
    if taxonomy == SURGICAL and KEY not in config:
        return
    values = to_config(taxonomy)
    config[KEY] = values
    for part in _parts(config._cfg_dict):
        part[KEY] = values


def config_taxonomy(config: Config) -> Taxonomy:
    """The taxonomy that a config names, or that ``set_taxonomy`` put in."""
    return to_taxonomy(config.get(KEY))


def take_taxonomy(config: Config, weights: str | Path | None, trust: bool = False) -> None:
    """Let a config work on the taxonomy of a checkpoint; changes it in place.

    A config that training wrote holds the values already. One that only names a taxonomy, as the
    configs of the package, follows a checkpoint that brings its own; those of the hosts do not.

    Args:
        weights: the checkpoint; None leaves the config as it is.
        trust: load a file that can run code.
    """
    if holds_values(config.get(KEY)) or weights is None:
        return
    meta = load_checkpoint(weights, trust)["meta"].get("dataset_meta")
    if isinstance(meta, dict) and KEY in meta:
        set_taxonomy(config, taxonomy_of(meta))


def _parts(value: object) -> Iterator[ConfigDict]:
    if isinstance(value, dict):
        if value.get("type") in TAKERS:
            yield value
        for key in list(value):
            if key != KEY:
                yield from _parts(value[key])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _parts(part)
