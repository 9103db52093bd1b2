"""The loss counts own slots only, in nats per keypoint."""

import pytest
import torch

from surgtools.models import SimCCKLLoss
from surgtools.models.codecs import LOGIT_SCALE


@pytest.fixture
def batch():
    torch.manual_seed(0)
    outputs = [torch.randn(2, 10, 16) * 0.1 for _ in range(2)]
    labels = [torch.rand(2, 10, 16) for _ in range(2)]
    weights = torch.zeros(2, 10)
    weights[:, :5] = 1
    return outputs, labels, weights


def test_by_hand():
    output, label = torch.tensor([[[0.1, 0.0]]]), torch.tensor([[[0.0, 0.2]]])
    target = torch.softmax(label[0, 0] * LOGIT_SCALE, 0)
    likely = torch.softmax(output[0, 0] * LOGIT_SCALE, 0)
    one_axis = (target * (target / likely).log()).sum()
    loss = SimCCKLLoss()([output, output], [label, label], torch.ones(1, 1))
    assert loss.item() == pytest.approx(2 * one_axis.item())


def test_perfect_answer_is_zero(batch):
    _, labels, weights = batch
    assert SimCCKLLoss()(labels, labels, weights).item() == pytest.approx(0, abs=1e-6)


def test_foreign_slots_change_nothing(batch):
    outputs, labels, weights = batch
    before = SimCCKLLoss()(outputs, labels, weights)
    outputs[0][:, 5:] += 3
    assert SimCCKLLoss()(outputs, labels, weights) == before


def test_neither_more_slots_nor_a_larger_batch_change_the_scale(batch):
    outputs, labels, weights = batch
    loss = SimCCKLLoss()(outputs, labels, weights)
    twice = [torch.cat([x, x]) for x in (*outputs, *labels, weights)]
    assert SimCCKLLoss()(twice[:2], twice[2:4], twice[4]).item() == pytest.approx(loss.item())
    wider = [torch.cat([x, x], dim=1) for x in (*outputs, *labels)]
    padded = torch.cat([weights, torch.zeros(2, 10)], dim=1)
    assert SimCCKLLoss()(wider[:2], wider[2:], padded).item() == pytest.approx(loss.item())


def test_nothing_that_counts_is_zero_with_a_gradient(batch):
    outputs, labels, weights = batch
    outputs[0].requires_grad_()
    loss = SimCCKLLoss()(outputs, labels, weights * 0)
    loss.backward()
    assert loss.item() == 0
    assert outputs[0].grad.abs().sum() == 0
