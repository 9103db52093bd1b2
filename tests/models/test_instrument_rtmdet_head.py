"""The detector counts its classes itself, and learns nothing where told so."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.structures import InstanceData

from surgtools.metainfo import CLASSES
from surgtools.models import InstrumentRTMDetHead


@pytest.fixture
def head():
    torch.manual_seed(0)
    with DefaultScope.overwrite_default_scope("mmdet"):  # the host's head builds its own losses
        return InstrumentRTMDetHead(
            in_channels=8,
            feat_channels=8,
            stacked_convs=1,
            anchor_generator={"type": "MlvlPointGenerator", "offset": 0, "strides": [8]},
            bbox_coder={"type": "DistancePointBBoxCoder"},
            loss_cls={"type": "QualityFocalLoss", "use_sigmoid": True},
            loss_bbox={"type": "GIoULoss"},
            with_objectness=False,
            norm_cfg={"type": "BN"},
            train_cfg=Config(
                {
                    "assigner": {"type": "DynamicSoftLabelAssigner", "topk": 4},
                    "allowed_border": -1,
                    "pos_weight": -1,
                }
            ),
        )


def boxes_of(*boxes):
    bboxes = torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)
    return InstanceData(bboxes=bboxes, labels=torch.zeros(len(bboxes), dtype=torch.long))


def gradient(head, truth, ignored):
    """Where on the map (8, 8) of a 64 px picture the score of category 0 is learnt."""
    scores, boxes = head((torch.randn(1, 8, 8, 8, generator=torch.Generator().manual_seed(1)),))
    scores[0].retain_grad()
    meta = {"img_shape": (64, 64), "pad_shape": (64, 64)}
    losses = head.loss_by_feat(scores, boxes, [truth], [meta], ignored)
    sum(sum(values) for values in losses.values()).backward()
    return scores[0].grad[0, 0] != 0


def test_one_score_map_per_instrument(head):
    scores, boxes = head((torch.zeros(1, 8, 4, 4),))
    assert scores[0].shape == (1, len(CLASSES), 4, 4)
    assert boxes[0].shape == (1, 4, 4, 4)


def test_background_within_an_ignored_box_teaches_nothing(head):
    learnt = gradient(head, boxes_of((0, 0, 20, 20)), [boxes_of((31, 31, 60, 60))])
    expected = torch.ones(8, 8, dtype=torch.bool)
    expected[4:8, 4:8] = False
    assert torch.equal(learnt, expected)


def test_an_instrument_within_an_ignored_box_is_learnt(head):
    learnt = gradient(head, boxes_of((10, 10, 54, 54)), [boxes_of((0, 0, 64, 64))])
    assert 1 <= learnt.sum() <= 4


@pytest.mark.parametrize("ignored", [None, [boxes_of()]])
def test_without_an_ignored_box_all_is_learnt(head, ignored):
    assert gradient(head, boxes_of((10, 10, 54, 54)), ignored).all()


def test_boxes_come_back_to_the_picture_by_pixel_centers(head):
    """A picture shrunk to a quarter: pixel 10 of it is centered on 10.5 * 4 - 0.5."""
    found = InstanceData(
        bboxes=torch.tensor([[10.0, 0, 20, 5]]),
        scores=torch.tensor([0.9]),
        labels=torch.tensor([0]),
    )
    config = Config({"nms": {"type": "nms", "iou_threshold": 0.6}, "max_per_img": 5})
    meta = {"scale_factor": (0.25, 0.25)}
    back = head._bbox_post_process(found.clone(), config, rescale=True, img_meta=meta)
    assert back.bboxes.tolist() == [[41.5, 1.5, 81.5, 21.5]]
    same = head._bbox_post_process(found.clone(), config, rescale=False, img_meta=meta)
    assert same.bboxes.tolist() == [[10, 0, 20, 5]]
