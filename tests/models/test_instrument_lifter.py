"""The host's lifter takes its channels from the taxonomy."""

import torch
from mmengine.registry import MODELS, init_default_scope

from surgtools.lifting import FEATURES
from surgtools.taxonomy import COCO_PERSON
from surgtools.taxonomy.in_configs import to_config


def test_channels_follow_the_taxonomy():
    init_default_scope("mmpose")
    model = MODELS.build(
        dict(
            type="InstrumentLifter",
            taxonomy=to_config(COCO_PERSON),
            backbone=dict(type="TCN", stem_channels=8, num_blocks=1, kernel_sizes=(1, 1)),
            head=dict(type="TemporalRegressionHead", in_channels=8, decoder=None),
        )
    ).eval()
    assert model._forward(torch.zeros(2, FEATURES * 17, 1)).shape == (2, 17, 3)
