"""Priors in ignored boxes, by hand."""

import torch

from surgtools.models.ignored_boxes import lie_within

PRIORS = torch.tensor([[4.0, 4, 8, 8], [12, 4, 8, 8], [20, 4, 8, 8], [12, 20, 8, 8]])
"""x, y and strides, as the hosts have them."""


def test_priors_in_any_box_or_on_its_border_lie_within():
    boxes = torch.tensor([[0.0, 0, 12, 10], [15, 0, 30, 3]])
    assert lie_within(PRIORS, boxes).tolist() == [True, True, False, False]


def test_without_boxes_or_priors_nothing_lies_within():
    assert lie_within(PRIORS, torch.zeros(0, 4)).tolist() == [False] * 4
    assert lie_within(PRIORS[:0], torch.ones(2, 4)).shape == (0,)
