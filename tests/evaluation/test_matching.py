"""Pairs of instances and results."""

from surgtools.evaluation.matching import box_of, match_results


def truth(bbox, category_id=1, image_id=1, **extra):
    return {"image_id": image_id, "category_id": category_id, "bbox": bbox, **extra}


def found(bbox, score, category_id=1, image_id=1):
    return {"image_id": image_id, "category_id": category_id, "bbox": bbox, "score": score}


def test_best_score_chooses_first_and_an_instance_is_given_once():
    instance = truth([0, 0, 10, 10])
    good, bad = found([0, 0, 10, 9], 0.9), found([0, 0, 10, 10], 0.5)
    pairs = match_results([instance], [bad, good])
    assert [(p.annotation, p.result) for p in pairs] == [(instance, good), (None, bad)]


def test_category_image_and_overlap_must_agree():
    instance = truth([0, 0, 10, 10])
    for other in (
        found([0, 0, 10, 10], 1, category_id=2),
        found([0, 0, 10, 10], 1, image_id=2),
        found([0, 0, 10, 4], 1),
    ):
        pairs = match_results([instance], [other])
        assert all(pair.annotation is None or pair.result is None for pair in pairs)
        assert len(pairs) == 2


def test_other_category_matches_when_allowed():
    pairs = match_results(
        [truth([0, 0, 10, 10])], [found([0, 0, 10, 10], 1, category_id=2)], same_category=False
    )
    assert len(pairs) == 1


def test_crowds_are_left_out_and_nothing_gives_nothing():
    assert match_results([truth([0, 0, 1, 1], iscrowd=1)], []) == []
    assert match_results([], []) == []


def test_a_result_on_a_crowd_region_of_its_category_counts_neither_way():
    crowd = truth([0, 0, 100, 100], iscrowd=1)
    # Half of the second lies in the region, 40 of 100 px of the third: overlap is its own share.
    inside, half, outside = (
        found(box, 0.9) for box in ([10, 10, 10, 10], [95, 0, 10, 10], [96, 0, 10, 10])
    )
    assert match_results([crowd], [inside, half]) == []
    assert [p.result for p in match_results([crowd], [inside, outside])] == [outside]
    assert match_results([crowd], [inside], same_category=False) == []
    for other in (found([0, 0, 9, 9], 1, category_id=2), found([0, 0, 9, 9], 1, image_id=2)):
        assert [p.result for p in match_results([crowd], [other])] == [other]
        assert len(match_results([crowd], [other], same_category=False)) == 1


def test_an_instance_in_a_crowd_region_is_paired_and_its_second_result_is_not_false():
    instance, crowd = truth([0, 0, 10, 10]), truth([0, 0, 100, 100], iscrowd=1)
    best, again = found([0, 0, 10, 10], 0.9), found([0, 0, 10, 9], 0.8)
    pairs = match_results([instance, crowd], [best, again])
    assert [(p.annotation, p.result) for p in pairs] == [(instance, best)]


def test_box_of_a_result_without_one_surrounds_its_keypoints():
    assert box_of({"keypoints": [1, 2, 0.5, 4, 8, 0.5]}) == [1, 2, 3, 6]
