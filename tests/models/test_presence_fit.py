"""A presence branch learns in a moment from features that do not change."""

import pytest
import torch

from surgtools.models.presence_branch import PresenceBranch
from surgtools.models.presence_fit import fit_presence, join_branches


def _crops(count, informative):
    generator = torch.Generator().manual_seed(1)
    for number in range(count):
        features = torch.randn(8, 3, 3, generator=generator)
        if informative and number % 2:
            features[2, 1, 1] += 6
        yield features, torch.full((2,), float(number % 2))


def test_one_cell_decides():
    torch.manual_seed(0)
    branch = PresenceBranch(8, 2)
    assert fit_presence(branch, _crops(1600, informative=True)) > 0.9
    present, absent = torch.zeros(1, 8, 3, 3), torch.zeros(1, 8, 3, 3)
    present[0, 2, 0, 2] = 6
    assert (branch(present) > 0).all()
    assert (branch(absent) < 0).all()


def test_where_instruments_are_rare_every_answer_falls_alike():
    branches = []
    for prior in (None, 0.1):
        torch.manual_seed(0)
        branches.append(PresenceBranch(8, 2))
        fit_presence(branches[-1], _crops(200, informative=True), prior)
    crop = torch.randn(1, 8, 3, 3)
    fell = branches[0](crop) - branches[1](crop)
    # half of the crops show an instrument: from even odds to one in nine
    assert torch.allclose(fell, torch.log(torch.tensor(9.0)).expand_as(fell), atol=1e-4)


def test_crops_that_were_kept_out_tell_noise():
    torch.manual_seed(0)
    assert fit_presence(PresenceBranch(8, 2), _crops(400, informative=False)) < 0.75


def test_too_few_crops():
    with pytest.raises(ValueError, match="9 crops are too few"):
        fit_presence(PresenceBranch(8, 2), _crops(9, informative=True))


def test_channels_of_any_scale_count_alike():
    torch.manual_seed(0)
    branch = PresenceBranch(8, 2)
    scale, shift = torch.ones(8, 1, 1), torch.zeros(8, 1, 1)
    scale[2], scale[5], shift[2] = 0.01, 300.0, 40.0
    crops = [(x * scale + shift, y) for x, y in _crops(1600, informative=True)]
    assert fit_presence(branch, crops) > 0.9
    present = torch.zeros(1, 8, 3, 3)
    present[0, 2, 0, 2] = 6
    assert (branch(present * scale + shift) > 0).all()
    assert (branch(torch.zeros(1, 8, 3, 3) * scale + shift) < 0).all()


def test_joined_branches_answer_with_their_mean():
    torch.manual_seed(0)
    kept, new = PresenceBranch(5, 2, 16), PresenceBranch(8, 2, 24)
    features = torch.randn(4, 8, 3, 3)
    both = join_branches(kept, new, 0.3)
    expected = 0.3 * kept(features[:, :5]) + 0.7 * new(features)
    assert torch.allclose(both(features), expected, atol=1e-5)


def test_a_branch_of_the_last_channels_is_joined_to_one_of_the_first():
    torch.manual_seed(0)
    kept, new = PresenceBranch(5, 2, 16), PresenceBranch(6, 2, 24)
    features = torch.randn(4, 9, 3, 3)
    both = join_branches(kept, new, 0.8, first=3)
    expected = 0.8 * kept(features[:, :5]) + 0.2 * new(features[:, 3:])
    assert torch.allclose(both(features), expected, atol=1e-5)
