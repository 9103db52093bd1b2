"""Put every part of surgtools into the hosts' registries.

Configs name this module in ``custom_imports``, so that the hosts' own train and test tools find
the parts. Importing it twice changes nothing.
"""

import importlib

import surgtools.compat  # noqa: F401  (first: the hosts do not import without it)
from surgtools.compat.quiet import host_imports

HOST_PARTS = (
    "mmpose.codecs",
    "mmpose.datasets",
    "mmpose.engine",
    "mmpose.evaluation",
    "mmpose.models",
    "mmpose.visualization",
    "mmdet.datasets",
    "mmdet.engine",
    "mmdet.evaluation",
    "mmdet.models",
    "mmdet.visualization",
)
"""A pose config may name detector parts and the other way round, hence both hosts."""

OWN_PARTS = (
    "surgtools.codecs",
    "surgtools.datasets",
    "surgtools.models",
    "surgtools.evaluation.metrics",
    "surgtools.engine.bfloat16_features_hook",
    "surgtools.engine.channels_last_hook",
    "surgtools.engine.finite_loss_hook",
    "surgtools.engine.low_resolution",
    "surgtools.engine.pair_proposer",
    "surgtools.engine.provenance_hook",
    "surgtools.engine.repeatable_epoch_hook",
    "surgtools.engine.pseudo_label_trust",
    "surgtools.engine.source_replay_dataset",
    "surgtools.engine.train_only_hook",
    "surgtools.engine.video_pseudo_label_hook",
)

with host_imports():
    for _name in HOST_PARTS:
        importlib.import_module(_name)
for _name in OWN_PARTS:
    importlib.import_module(_name)
