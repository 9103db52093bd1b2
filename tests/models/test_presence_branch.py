"""Whether a crop shows an instrument of a category."""

import pytest
import torch

from surgtools.metainfo import CLASSES
from surgtools.models.presence_branch import PresenceBranch


@pytest.fixture
def branch():
    torch.manual_seed(0)
    return PresenceBranch(in_channels=8, num_categories=2)


def test_one_logit_per_category(branch):
    assert branch(torch.randn(3, 8, 4, 4)).shape == (3, len(CLASSES))


def test_one_cell_can_decide(branch):
    """The tell-tale part of look-alikes is small: the mean alone would drown it."""
    optimizer = torch.optim.Adam(branch.parameters(), 1e-2)
    generator = torch.Generator().manual_seed(1)
    for _ in range(150):
        features = 0.1 * torch.randn(16, 8, 8, 8, generator=generator)
        present = torch.zeros(16, 2)
        present[:8, 0] = 1
        cells = torch.randint(8, (16, 2), generator=generator)
        for crop, (row, column) in enumerate(cells.tolist()):
            features[crop, 0 if crop < 8 else 1, row, column] += 2
        losses = branch.loss(features, present, weight=2.0)
        optimizer.zero_grad()
        losses["loss_presence"].backward()
        optimizer.step()
    assert losses["loss_presence"] < 0.2
    assert losses["acc_presence"] == 1


def test_loss_by_hand(branch):
    with torch.no_grad():
        branch.decide.weight.zero_()
        branch.decide.bias[:] = torch.tensor([0.0, -2.0])
    losses = branch.loss(torch.zeros(1, 8, 2, 2), torch.tensor([[1.0, 0.0]]), weight=3.0)
    # -log(sigmoid(0)) = log 2, -log(1 - sigmoid(-2)) = log(1 + e^-2); their mean times 3
    expected = 3 * (torch.tensor(2.0).log() + torch.tensor(1 + torch.e**-2).log()) / 2
    assert losses["loss_presence"].item() == pytest.approx(expected.item(), rel=1e-5)
    assert losses["acc_presence"] == 0  # a logit of 0 is no "yes"


def test_crops_of_which_nobody_knows_do_not_count(branch):
    features = torch.randn(3, 8, 2, 2, generator=torch.Generator().manual_seed(0))
    features.requires_grad_()
    present = torch.tensor([[1.0, 0.0], [torch.nan, torch.nan], [0.0, 0.0]])
    losses = branch.loss(features, present, weight=1.0)
    alone = branch.loss(features[[0, 2]], present[[0, 2]], weight=1.0)
    for name, value in alone.items():
        assert losses[name].item() == pytest.approx(value.item())
    losses["loss_presence"].backward()
    assert not features.grad[1].any() and features.grad[0].any()


def test_a_batch_of_which_nobody_knows_teaches_nothing(branch):
    losses = branch.loss(torch.randn(2, 8, 2, 2), torch.full((2, 2), torch.nan), weight=1.0)
    losses["loss_presence"].backward()
    assert losses["loss_presence"] == 0
    assert all(not parameter.grad.any() for parameter in branch.parameters())
