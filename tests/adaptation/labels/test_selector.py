"""The first rule that objects gives the reason; a rule can be left out."""

import numpy as np
import pytest

from surgtools.adaptation.labels.selector import Selector, count_reasons
from surgtools.errors import InputError
from surgtools.prediction.results import Instance

POINTS = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])
TWEEZERS = np.array([(50.0, 80), (44, 50), (48, 20), (56, 50), (52, 20)])


def instance(category_id=1, score=0.9, keypoint_score=0.8, shift=0.0):
    scores = np.full(5, keypoint_score)
    box = np.array([30.0, 10, 70, 90]) + shift
    points = POINTS if category_id == 1 else TWEEZERS
    return Instance(category_id, box, score, points + shift, scores, np.ones(5))


@pytest.fixture
def judged(proposals_of):
    """Reasons against what is proposed in one picture."""

    def select(instances, thresholds, **options):
        rules = Selector(thresholds, **options)
        return rules.select(proposals_of([instances]), np.random.default_rng(0))

    return select


def test_rules_object_in_order(judged):
    reasons = judged(
        [instance(score=0.2, keypoint_score=0.1), instance(keypoint_score=0.1, shift=100)],
        {"bbox_score": 0.5, "keypoint_score": 0.5},
    )
    assert reasons[0].startswith("bbox_score: ") and reasons[1].startswith("keypoint_score: ")
    assert count_reasons(reasons)["bbox_score"] == 1


def test_a_rule_without_a_threshold_or_left_out_does_not_object(judged):
    weak = [instance(score=0.2)]
    assert judged(weak, {}) == [""]
    assert judged(weak, {"bbox_score": 0.5}, without=("bbox_score",)) == [""]


def test_what_one_look_rejects_needs_no_further_view():
    selector = Selector({"bbox_score": 0.5, "keypoint_score": 0.5, "view_disagreement": 0.1})
    assert selector.passes_one_look(instance())
    assert not selector.passes_one_look(instance(score=0.4))
    assert not selector.passes_one_look(instance(keypoint_score=0.4))
    left_out = Selector({"bbox_score": 0.5}, without=("bbox_score",))
    assert left_out.passes_one_look(instance(score=0.4))


def test_places_are_judged_with_rejected_rivals(judged):
    rivals = [instance(score=0.6), instance(category_id=2, score=0.45)]
    reasons = judged(rivals, {"bbox_score": 0.5})
    assert reasons[0].startswith("one_per_place: two categories")
    assert judged(rivals, {"bbox_score": 0.5}, without=("one_per_place",))[0] == ""


def test_class_balance_is_last_and_counts_accepted_only(judged):
    many = [instance(shift=200.0 * i) for i in range(25)] + [instance(2, shift=9000.0)]
    many += [instance(2, shift=9000.0 + 200.0 * i, score=0.4) for i in range(1, 9)]
    reasons = judged(many, {"bbox_score": 0.5}, max_class_ratio=4.0)
    assert count_reasons(reasons)["accepted"] == 21
    assert count_reasons(reasons)["class_balance"] == 5


def test_unknown_rules_are_refused():
    with pytest.raises(InputError, match="rule 'luck' is unknown"):
        Selector({}, without=("luck",))
