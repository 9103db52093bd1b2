"""Put a taxonomy into a config: every part that counts categories or keypoints gets it."""

from collections.abc import Iterator
from pathlib import Path

from mmengine.config import Config, ConfigDict

from surgtools.hosts.checkpoints import load_checkpoint
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.in_configs import KEY, taxonomy_of, to_taxonomy

TAKERS = (
    "InstrumentDataset",
    "InstrumentDetDataset",
    "ComposedDetDataset",
    "InstrumentRTMDetHead",
    "InstrumentRTMCCHead",
    "InstrumentHeatmapHead",
    "InstrumentKeypointRCNN",
    "UnionSimCC",
    "UnionHeatmap",
    "PseudoLabelTrust",
)
"""Registered parts with an argument ``taxonomy``."""


def set_taxonomy(config: Config, taxonomy: Taxonomy) -> None:
    """Let datasets, heads and codecs of a config work on a taxonomy; changes the config in place.

    The built-in taxonomy leaves the config as it is written. A config keeps plain values, so that
    a checkpoint carries its own taxonomy.
    """
    if taxonomy == SURGICAL:
        return
    values = taxonomy.to_dict()
    config[KEY] = values
    for part in _parts(config._cfg_dict):
        part[KEY] = values


def config_taxonomy(config: Config) -> Taxonomy:
    """The taxonomy that ``set_taxonomy`` put in; the built-in one of any other config."""
    return to_taxonomy(config.get(KEY))


def take_taxonomy(config: Config, weights: str | Path | None, trust: bool = False) -> None:
    """Let a config that names no taxonomy work on that of a checkpoint; changes it in place.

    Args:
        weights: the checkpoint; None leaves the config as it is.
        trust: load a file that can run code.
    """
    if KEY not in config and weights is not None:
        meta = load_checkpoint(weights, trust)["meta"].get("dataset_meta")
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
