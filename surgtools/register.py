"""Put every part of surgtools into the hosts' registries.

Configs name this module in ``custom_imports``, so that the hosts' own train and test tools find
the parts. Importing it twice changes nothing.
"""

import importlib

import surgtools.hosts.compat  # noqa: F401  (first: the hosts do not import without it)
from surgtools.hosts.compat.quiet import host_imports

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
    "surgtools.models.codecs",
    "surgtools.models.lifting_codec",
    "surgtools.datasets",
    "surgtools.models",
    "surgtools.evaluation.metrics",
    "surgtools.training.hooks.bfloat16_features_hook",
    "surgtools.training.hooks.channels_last_hook",
    "surgtools.training.hooks.finite_loss_hook",
    "surgtools.gestures.model",
    "surgtools.adaptation.low_resolution",
    "surgtools.adaptation.labels.pair_proposer",
    "surgtools.training.hooks.provenance_hook",
    "surgtools.training.hooks.repeatable_epoch_hook",
    "surgtools.adaptation.labels.pseudo_label_trust",
    "surgtools.adaptation.source_replay_dataset",
    "surgtools.training.hooks.train_only_hook",
    "surgtools.adaptation.video_pseudo_label_hook",
)

with host_imports():
    for _name in HOST_PARTS:
        importlib.import_module(_name)
for _name in OWN_PARTS:
    importlib.import_module(_name)
