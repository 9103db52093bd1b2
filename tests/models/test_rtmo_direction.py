"""A prior that takes one end of an instrument for the other pays for it, and learns out of it."""

import pytest
import torch
from mmpose.models.losses import MLECCLoss

from surgtools.metainfo import NUM_SLOTS, slots_of
from surgtools.models.rtmo_direction import axes_of, direction_loss, shortfall
from surgtools.taxonomy import COCO_PERSON, SURGICAL

TWEEZERS = torch.tensor([[20.0, 50], [50, 44], [80, 50], [50, 56], [80, 52]])
REVERSED = 100 - TWEEZERS
AT = torch.linspace(0, 100, 101)[None]
AXES = axes_of(SURGICAL)[1:]


def in_slots(places):
    keypoints = torch.full((1, NUM_SLOTS, 2), 50.0)
    keypoints[0, slots_of(2)] = places
    return keypoints


def logits_at(keypoints, width=1.0):
    """(1, K, W) of x and of y: sure of a place."""
    return tuple(-(AT[:, None] - keypoints[..., axis, None]).abs() / width for axis in range(2))


def weights(*, without=()):
    known = torch.zeros(1, NUM_SLOTS)
    known[0, slots_of(2)] = 1.0
    known[0, [slots_of(2).start + slot for slot in without]] = 0.0
    return known


def cost(places, known=None, axes=AXES):
    told = in_slots(places)
    bins = tuple(logits.softmax(dim=-1) for logits in logits_at(told))
    known = weights() if known is None else known
    return direction_loss(told, bins, in_slots(TWEEZERS), known, axes, (AT, AT)).item()


def test_a_reversed_instrument_costs_more_than_one_as_far_off_that_is_shifted():
    moved = (REVERSED - TWEEZERS).norm(dim=1).mean()
    shifted = TWEEZERS + torch.tensor([0.0, moved])
    assert (shifted - TWEEZERS).norm(dim=1).mean() == pytest.approx(moved)
    assert cost(REVERSED) > 10
    assert cost(shifted) == pytest.approx(0, abs=1e-4) == cost(TWEEZERS)


def test_shortfall_is_the_part_of_the_axis_that_is_lacking():
    """Axis of 60 px; a tip 45 px from the base lacks a quarter, an axis across all of it."""
    short, across = TWEEZERS.clone(), TWEEZERS.clone()
    short[[2, 4], 0] -= 15
    across[0], across[2], across[4] = (*(torch.tensor([80.0, y]) for y in (20, 90, 90)),)
    truth = in_slots(TWEEZERS)
    for places, wanted in ((TWEEZERS, 0), (short, 0.25), (across, 1), (REVERSED, 2)):
        assert shortfall(in_slots(places), truth, AXES).item() == pytest.approx(wanted, abs=0.02)


def test_without_both_ends_labelled_or_without_an_axis_nothing_counts():
    tip = 2
    assert cost(REVERSED, weights(without=(tip,))) == 0
    assert cost(REVERSED, axes=torch.zeros(1, NUM_SLOTS)) == 0
    assert not axes_of(COCO_PERSON).any()
    assert cost(REVERSED, weights(without=(1, 3))) == pytest.approx(cost(REVERSED)), "arms"


def test_it_teaches_what_is_sure_of_the_wrong_end_where_the_likelihood_does_not():
    truth, known = in_slots(TWEEZERS), weights()

    def pull(loss_of):
        logits = [values.requires_grad_() for values in logits_at(in_slots(REVERSED))]
        loss_of(tuple(values.softmax(dim=-1) for values in logits)).backward()
        handle = slots_of(2).start
        return -logits[0].grad[0, handle, 20].item()  # towards where the handle is

    wide = tuple((-(AT[:, None] - truth[..., axis, None]).abs() / 20).exp() for axis in range(2))
    likelihood = pull(lambda bins: MLECCLoss(use_target_weight=True)(bins, wide, known))
    own = pull(lambda bins: direction_loss(in_slots(REVERSED), bins, truth, known, AXES, (AT, AT)))
    assert own > 0.05
    assert own > 1000 * abs(likelihood)
