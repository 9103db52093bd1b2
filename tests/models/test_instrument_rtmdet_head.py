"""The detector counts its classes itself."""

import torch
from mmengine.registry import DefaultScope

from surgtools.metainfo import CLASSES
from surgtools.models import InstrumentRTMDetHead


def test_one_score_map_per_instrument():
    with DefaultScope.overwrite_default_scope("mmdet"):  # the host's head builds its own losses
        head = InstrumentRTMDetHead(
            in_channels=8,
            feat_channels=8,
            stacked_convs=1,
            anchor_generator={"type": "MlvlPointGenerator", "offset": 0, "strides": [8]},
            bbox_coder={"type": "DistancePointBBoxCoder"},
            loss_cls={"type": "QualityFocalLoss", "use_sigmoid": True},
            loss_bbox={"type": "GIoULoss"},
            with_objectness=False,
            norm_cfg={"type": "BN"},
        )
    scores, boxes = head((torch.zeros(1, 8, 4, 4),))
    assert scores[0].shape == (1, len(CLASSES), 4, 4)
    assert boxes[0].shape == (1, 4, 4, 4)
