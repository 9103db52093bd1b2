"""One threshold suits a detector after its scores were moved."""

import numpy as np
import pytest
import torch

from surgtools.models.score_shift import best_threshold, shift_scores


def test_the_best_f1_by_hand():
    # taken 1: 2*1/(1+2) = 0.67, 2: 4/4 = 1.0, 3: 4/5
    assert best_threshold([0.2, 0.9, 0.5], [False, True, True], 2, []) == pytest.approx(0.35)


def test_empty_pictures_limit_it():
    scores, correct = [0.9, 0.5, 0.2], [True, True, False]
    empty = [0.6] + [0.0] * 9
    assert best_threshold(scores, correct, 2, empty, max_false=0.05) == pytest.approx(0.7)
    assert best_threshold(scores, correct, 2, empty, max_false=0.1) == pytest.approx(0.35)
    assert best_threshold(scores, correct, 2, [0.95], max_false=0.0) == pytest.approx(0.95)


def test_scores_move_to_the_threshold_and_keep_their_order():
    state = {
        "bbox_head.rtm_cls.0.bias": torch.tensor([-1.5, 0.3]),
        "bbox_head.rtm_cls.0.weight": torch.ones(2, 1),
        "bbox_head.rtm_reg.0.bias": torch.zeros(4),
    }
    moved = shift_scores(state, threshold=0.2)
    logit = np.log(0.2 / 0.8)
    step = moved["bbox_head.rtm_cls.0.bias"] - state["bbox_head.rtm_cls.0.bias"]
    assert torch.sigmoid(torch.tensor(logit) + step).tolist() == pytest.approx([0.35, 0.35])
    for name in ("bbox_head.rtm_cls.0.weight", "bbox_head.rtm_reg.0.bias"):
        assert moved[name] is state[name]


def test_other_networks_and_numbers_are_refused():
    with pytest.raises(ValueError, match="no classification layer"):
        shift_scores({"head.weight": torch.zeros(1)}, 0.2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        shift_scores({"x.rtm_cls.0.bias": torch.zeros(1)}, 1.0)
