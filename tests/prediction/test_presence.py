import numpy as np

from surgtools.prediction.presence import believable
from surgtools.prediction.results import Instance

HERE, BESIDE, ELSEWHERE = (0, 0, 100, 50), (0, 0, 100, 48), (200, 0, 300, 50)


def instance(category_id, bbox, score):
    return Instance(
        category_id, np.array(bbox, float), score, np.zeros((5, 2)), np.ones(5), np.ones(5)
    )


def test_what_fell_below_the_threshold_is_gone_and_the_rest_is_sorted():
    given = [instance(1, HERE, 0.4), instance(1, ELSEWHERE, 0.7), instance(2, ELSEWHERE, 0.1)]
    assert [i.bbox_score for i in believable(given, 0.3, 0.85)] == [0.7, 0.4]


def test_the_category_that_presence_prefers_stays():
    given = [instance(1, HERE, 0.35), instance(2, BESIDE, 0.6), instance(1, ELSEWHERE, 0.5)]
    # the first two overlap by 4800 / 5000
    assert [i.category_id for i in believable(given, 0.3, 0.85)] == [2, 1]
    assert len(believable(given, 0.3, 1.0)) == 3


def test_nothing_in_nothing_out():
    assert believable([], 0.3, 0.85) == []
