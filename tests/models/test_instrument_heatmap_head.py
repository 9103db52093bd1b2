"""ViTPose's head: visibility and category."""

import numpy as np
import torch
from mmengine.structures import InstanceData, PixelData
from mmpose.structures import PoseDataSample

from surgtools.metainfo import NUM_SLOTS, slots_of, to_union, union_flip_indices
from surgtools.models import InstrumentHeatmapHead
from surgtools.models.codecs import UnionHeatmap

CODEC = {"type": "UnionHeatmap", "input_size": (64, 64), "heatmap_size": (16, 16), "sigma": 2}
OWN = np.array([[10, 20, 2], [12, 40, 1], [30, 5, 2], [50, 42, 2], [0, 0, 0]], np.float32)


def build_head():
    torch.manual_seed(0)
    return InstrumentHeatmapHead(
        in_channels=8,
        deconv_out_channels=(8, 8),
        deconv_kernel_sizes=(4, 4),
        loss={"type": "mmpose.KeypointMSELoss", "use_target_weight": True},
        decoder=CODEC,
    )


def sample(category_id):
    union = to_union(OWN[None], category_id)
    codec = UnionHeatmap(input_size=(64, 64), heatmap_size=(16, 16), sigma=2)
    encoded = codec.encode(union[..., :2], (union[..., 2] > 0) * 1.0, union[..., 2])
    data_sample = PoseDataSample(
        metainfo={"category_id": category_id, "flip_indices": union_flip_indices()}
    )
    data_sample.gt_fields = PixelData(heatmaps=torch.tensor(encoded["heatmaps"]))
    data_sample.gt_instance_labels = InstanceData(
        keypoint_weights=torch.tensor(encoded["keypoint_weights"]).float(),
        visibility_labels=torch.tensor(encoded["visibility_labels"]),
    )
    return data_sample


def test_codec_weighs_labelled_own_slots_once():
    labels = sample(2).gt_instance_labels
    assert labels.keypoint_weights[0].tolist() == [0] * 5 + [1, 1, 1, 1, 0]
    assert labels.visibility_labels[0].tolist() == [0] * 5 + [1, 0, 1, 1, 0]


def test_both_losses_train():
    head = build_head()
    losses = head.loss((torch.randn(2, 8, 4, 4),), [sample(1), sample(2)])
    sum(value for key, value in losses.items() if "loss" in key).backward()
    assert losses["loss_visibility"] > 0
    assert head.visibility.decide.weight.grad.abs().sum() > 0
    assert head.final_layer.weight.grad.abs().sum() > 0


def test_answers_in_the_slots_of_the_category_with_and_without_flip():
    head = build_head().eval()
    feats = (torch.randn(1, 8, 4, 4),)
    for test_cfg in ({}, {"flip_test": True}):
        given = [feats, feats] if test_cfg else feats
        (found,) = head.predict(given, [sample(2)], test_cfg)
        assert found.keypoints.shape == (1, NUM_SLOTS, 2)
        assert (found.keypoints_visible[0, slots_of(1)] == 0).all()
        assert (found.keypoints_visible[0, slots_of(2)] > 0).all()
        assert found.keypoint_scores.max() <= 1
