"""The detector counts its classes itself."""

import torch

from surgtools.metainfo import CLASSES
from surgtools.models import InstrumentRTMDetHead


def test_one_score_map_per_instrument():
    head = InstrumentRTMDetHead(
        in_channels=8,
        feat_channels=8,
        stacked_convs=1,
        anchor_generator={"type": "mmdet.MlvlPointGenerator", "offset": 0, "strides": [8]},
        bbox_coder={"type": "mmdet.DistancePointBBoxCoder"},
        loss_cls={"type": "mmdet.QualityFocalLoss", "use_sigmoid": True},
        loss_bbox={"type": "mmdet.GIoULoss"},
        with_objectness=False,
        norm_cfg={"type": "BN"},
    )
    scores, boxes = head((torch.zeros(1, 8, 4, 4),))
    assert scores[0].shape == (1, len(CLASSES), 4, 4)
    assert boxes[0].shape == (1, 4, 4, 4)
