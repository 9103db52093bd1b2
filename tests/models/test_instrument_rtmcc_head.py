"""RTMPose's head: losses, visibility, category, flip test."""

import numpy as np
import pytest
import torch
from mmengine.structures import InstanceData
from mmpose.structures import PoseDataSample

from surgtools.metainfo import NUM_SLOTS, slots_of, to_union, union_flip_indices
from surgtools.models import InstrumentRTMCCHead
from surgtools.models.codecs import UnionSimCC
from surgtools.models.instrument_rtmcc_head import cell_weights, coarse_loss

CODEC = {"type": "UnionSimCC", "input_size": (64, 64), "sigma": 3.0}
OWN = np.array([[10, 20, 2], [12, 40, 1], [30, 5, 2], [50, 42, 2], [0, 0, 0]], np.float32)


def build_head(**kwargs):
    torch.manual_seed(0)
    return InstrumentRTMCCHead(
        **kwargs,
        in_channels=8,
        input_size=(64, 64),
        in_featuremap_size=(2, 2),
        gau_cfg={
            "hidden_dims": 32,
            "s": 16,
            "expansion_factor": 2,
            "dropout_rate": 0.0,
            "drop_path": 0.0,
            "act_fn": "SiLU",
            "use_rel_bias": False,
            "pos_enc": False,
        },
        loss={"type": "SimCCKLLoss"},
        decoder=CODEC,
    )


@pytest.fixture
def head():
    return build_head()


@pytest.fixture
def telling_head():
    """One that also says whether there is an instrument."""
    return build_head(presence_weight=1.0)


def sample(category_id=1, own=OWN):
    union = to_union(own[None], category_id)
    encoded = UnionSimCC(input_size=(64, 64), sigma=3.0).encode(
        union[..., :2], (union[..., 2] > 0) * 1.0, union[..., 2]
    )
    labels = InstanceData(**{key: torch.tensor(value).float() for key, value in encoded.items()})
    metainfo = {"category_id": category_id, "flip_indices": union_flip_indices()}
    return PoseDataSample(metainfo=metainfo, gt_instance_labels=labels)


def features(count=1):
    torch.manual_seed(1)
    return (torch.randn(count, 8, 2, 2),)


def test_slots_come_from_metainfo(head):
    x, y, visible = head(features(3))
    assert x.shape == y.shape == (3, NUM_SLOTS, 128)
    assert visible.shape == (3, NUM_SLOTS)


def test_losses_fall_when_trained(head):
    optimizer = torch.optim.Adam(head.parameters(), 1e-2)
    samples = [sample(1), sample(2)]
    first = None
    for _ in range(80):
        losses = head.loss(features(2), samples)
        total = losses["loss_kpt"] + losses["loss_visibility"]
        first = first or {key: value.item() for key, value in losses.items()}
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    assert losses["loss_kpt"] < 0.3 * first["loss_kpt"]
    assert losses["loss_visibility"] < 0.3 * first["loss_visibility"]
    assert losses["acc_pose"] > 0.9

    predictions = head.eval().predict(features(2), samples)
    for category_id, found in zip((1, 2), predictions, strict=True):
        own = slots_of(category_id)
        np.testing.assert_allclose(found.keypoints[0, own][:4], OWN[:4, :2], atol=2)
        assert (found.keypoints_visible[0, own][:4] > 0.5).tolist() == [True, False, True, True]


NOTHING = np.zeros((5, 3), np.float32)


def test_presence_is_learned_and_asked_of_the_category_of_the_box(telling_head):
    optimizer = torch.optim.Adam(telling_head.parameters(), 1e-2)
    samples = [sample(1), sample(2), sample(1, NOTHING)]
    for _ in range(60):
        losses = telling_head.loss(features(3), samples)
        optimizer.zero_grad()
        sum(value for key, value in losses.items() if "loss" in key).backward()
        optimizer.step()
    assert losses["acc_presence"] == 1
    telling_head.eval()
    for category_id, expected in ((1, [True, False, False]), (2, [False, True, False])):
        asked = [sample(category_id)] * 3
        found = telling_head.predict(features(3), asked)
        assert [bool(f.presence[0] > 0.5) for f in found] == expected


def test_negatives_teach_presence_only(telling_head):
    negatives = [sample(1, NOTHING), sample(2, NOTHING)]
    losses = telling_head.loss(features(2), negatives)
    assert losses["loss_kpt"] == losses["loss_coarse"] == losses["loss_visibility"] == 0
    assert losses["loss_presence"] > 0


def test_presence_of_both_looks_is_averaged(telling_head):
    straight, mirrored = features(), (features()[0].flip(-1) * 2,)
    logits = [telling_head.eval()(feats)[3] for feats in (straight, mirrored)]
    (found,) = telling_head.predict([straight, mirrored], [sample(2)], {"flip_test": True})
    expected = ((logits[0] + logits[1]) / 2).sigmoid()[0, 1].item()
    assert found.presence[0] == pytest.approx(expected, abs=1e-6)


def test_without_presence_there_are_three_outputs(head, telling_head):
    assert (len(head(features())), len(telling_head(features()))) == (3, 4)
    assert "presence" not in head.eval().predict(features(), [sample()])[0]


def test_answers_in_the_slots_of_the_category(head):
    for category_id, other in ((1, 2), (2, 1)):
        (found,) = head.eval().predict(features(), [sample(category_id)])
        assert found.keypoints.shape == (1, NUM_SLOTS, 2)
        assert (found.keypoints[:, slots_of(other)] == 0).all()
        assert (found.keypoint_scores[:, slots_of(category_id)] > 0).all()
        assert (found.keypoints_visible <= 1).all()


def test_flip_test_of_a_mirrored_answer_changes_nothing(head, monkeypatch):
    """The mirror image of an answer, turned back, is the answer itself, to the bin."""
    own = np.array([[10, 20, 2], [12, 40, 2], [30, 5, 2], [50, 42, 2], [40, 7, 2]], np.float32)
    mirrored = own.copy()
    mirrored[:, 0] = 63 - own[:, 0]
    mirrored = mirrored[[0, 3, 4, 1, 2]]
    straight, flipped = sample(own=own), sample(own=mirrored)

    def answer(data_sample):
        labels = data_sample.gt_instance_labels
        return labels.keypoint_x_labels, labels.keypoint_y_labels, labels.visibility_labels

    monkeypatch.setattr(head, "forward", lambda which: answer(which))
    (found,) = head.predict([straight, flipped], [straight], {"flip_test": True})
    np.testing.assert_allclose(found.keypoints[0, slots_of(1)], own[:, :2], atol=0.05)
    assert (found.keypoint_scores[0, slots_of(1)] > 0.9).all()


def test_cells_share_a_keypoint_by_distance():
    # 8 bins, 2 cells with centers at bins 1.5 and 5.5: bin 3 is 3.5 - 2 = 1.5 of 4 along the way
    weights = cell_weights(torch.tensor([[0.0, 1.5, 2.5, 3.5, 7.0]]), bins=8, cells=2)
    assert weights[0].tolist() == [[1, 0], [1, 0], [0.75, 0.25], [0.5, 0.5], [0, 1]]


def test_coarse_loss_by_hand():
    label = torch.zeros(1, 2, 4)
    label[0, :, 0] = 1  # the first bin belongs to the first of two cells
    maps = torch.zeros(1, 2, 2, 2)
    maps[0, 0, 0, 0] = 3
    # slot 0: -log(e^3 / (e^3 + 3)); slot 1 weighs nothing
    expected = -np.log(np.exp(3) / (np.exp(3) + 3))
    loss = coarse_loss(maps, label, label, torch.tensor([[1.0, 0.0]]))
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    assert coarse_loss(maps, label, label, torch.zeros(1, 2)).item() == 0
