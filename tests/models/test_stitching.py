"""A linear layer that should map one backbone's features to another's does."""

import pytest
import torch
from torch import nn

from surgtools.models.stitching import LinearFit, fit_adapters


def test_a_line_by_hand():
    fit = LinearFit()
    x = torch.linspace(-50, 50, 101)[:, None]
    fit.add(x[:40], 3 * x[:40] + 7)
    fit.add(x[40:], 3 * x[40:] + 7)
    weight, bias = fit.solve()
    # the penalty is 0.1 % of the mean of sum x^2 = 85850 and of the 101 ones, 43: 3 / 1.0005
    assert weight.item() == pytest.approx(2.9985, abs=1e-4)
    assert bias.item() == pytest.approx(7, abs=0.01)


def test_nothing_to_fit():
    with pytest.raises(ValueError, match="no features were added"):
        LinearFit().solve()


def test_adapters_learn_a_linear_map_and_not_noise():
    torch.manual_seed(0)
    truth, adapters = nn.Conv2d(4, 6, 1), [nn.Conv2d(4, 6, 1), nn.Conv2d(4, 6, 1)]
    levels = [torch.randn(1, 4, 8, 8) for _ in range(30)]
    pairs = [((x, x), (truth(x), torch.randn(1, 6, 8, 8))) for x in levels]
    linear, noise = fit_adapters(adapters, pairs)
    assert linear > 0.999
    assert noise < 0.05
    assert torch.allclose(adapters[0].weight, truth.weight, atol=0.01)
