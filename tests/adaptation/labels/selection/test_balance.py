"""No category drowns another."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selection import balance_classes
from surgtools.adaptation.labels.selection.balance import MIN_LABELS


def test_majority_is_cut_to_the_ratio_and_minority_stays_whole():
    categories = np.array([1] * 10 + [2] * 3)
    verdict = balance_classes(categories, 2.0, np.random.default_rng(0), least=0)
    assert verdict.keep[:10].sum() == 6 and verdict.keep[10:].all()
    gone = [r for r, k in zip(verdict.reasons, verdict.keep, strict=True) if not k]
    assert gone == ["its category has more than 0 and than 2 times the rarest one's 3"] * 4


def test_no_category_is_cut_below_what_is_worth_learning_from():
    categories = np.array([1] * 41 + [2] * 3)
    kept = balance_classes(categories, 4.0, np.random.default_rng(0)).keep
    assert kept[:41].sum() == MIN_LABELS and kept[41:].all()


def test_an_absent_category_sets_no_limit():
    assert balance_classes(np.array([1] * 10), 2.0, np.random.default_rng(0)).keep.all()


def test_the_draw_depends_on_the_generator_only():
    categories = np.array([1] * 50 + [2] * 5)
    first, second = (
        balance_classes(categories, 2.0, np.random.default_rng(7), least=0).keep for _ in range(2)
    )
    assert (first == second).all()


def test_empty_in_empty_out():
    assert balance_classes(np.zeros(0), 2.0, np.random.default_rng(0)).keep.shape == (0,)


@pytest.mark.parametrize(("many", "kept"), [(7, 7), (8, 8), (9, 8)])
def test_the_limit_is_rounded_up_and_may_be_reached(many, kept):
    """2.5 times 3 is 7.5, hence 8."""
    categories = np.array([1] * many + [2] * 3)
    verdict = balance_classes(categories, 2.5, np.random.default_rng(0), least=0)
    assert verdict.keep.sum() == kept + 3
