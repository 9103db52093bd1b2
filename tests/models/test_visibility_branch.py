"""What lies on a keypoint is seen at its place."""

import pytest
import torch

from surgtools.models.visibility_branch import VisibilityBranch, visibility_loss


def scene(count, seed):
    """Features whose first channel says "covered" cell by cell, and the cell of one keypoint."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(count, 4, 3, 3, generator=generator)
    cell = torch.randint(9, (count,), generator=generator)
    where = torch.zeros(count, 1, 9).scatter_(2, cell[:, None, None], 7.0).view(count, 1, 3, 3)
    covered = features[:, 0].flatten(1).gather(1, cell[:, None]) > 0
    return features, where, (~covered).float()


def test_learns_to_look_at_the_place():
    torch.manual_seed(0)
    branch = VisibilityBranch(4)
    optimizer = torch.optim.Adam(branch.parameters(), 1e-2)
    features, where, visible = scene(500, 0)
    for _ in range(200):
        loss = visibility_loss(branch(features, where), visible, torch.ones(500, 1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    features, where, visible = scene(500, 1)
    right = (branch(features, where) > 0) == (visible > 0.5)
    assert right.float().mean() > 0.95
    elsewhere = (branch(features, where.flip(3)) > 0) == (visible > 0.5)
    assert elsewhere.float().mean() < 0.8, "what lies elsewhere does not tell"


def test_scale_and_gradient_of_the_place_do_not_matter():
    branch = VisibilityBranch(4)
    features, where, _ = scene(2, 0)
    torch.testing.assert_close(branch(features, where), branch(features, 3 * where))
    where.requires_grad_()
    branch(features, where).sum().backward()
    assert where.grad is None
    assert torch.isfinite(branch(features, torch.zeros(2, 1, 3, 3))).all(), "nowhere at all"


def test_loss_is_the_mean_over_labelled_keypoints():
    logits, visible = torch.tensor([[0.0, 100.0]]), torch.tensor([[1.0, 0.0]])
    loss = visibility_loss(logits, visible, torch.tensor([[1.0, 0.0]]))
    assert loss.item() == pytest.approx(0.6931, abs=1e-4)
    assert visibility_loss(logits, visible, torch.zeros(1, 2)) == 0
