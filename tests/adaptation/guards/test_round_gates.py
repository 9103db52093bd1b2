"""Every gate of a round closes in its own direction and stays open for a harmless one."""

import copy

import numpy as np

from surgtools.adaptation.guards.gates import closed
from surgtools.adaptation.guards.round_gates import (
    agreement_of_rounds,
    gate_learnt,
    gate_round,
    judge_round,
    share_out_of_nothing,
)
from surgtools.annotations.coco import CocoBuilder

SHAPE = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])


def make_round(categories: list[int | None], shift=0.0) -> dict:
    """One frame per entry; None is a frame in which nothing was proposed."""
    builder = CocoBuilder()
    for number, category in enumerate(categories):
        image = builder.add_image(f"{number}.jpg", 100, 100)
        if category:
            keypoints = np.column_stack([SHAPE + shift, np.full(5, 2)])
            builder.add_annotation(image, category, keypoints, (30 + shift, 10, 40, 80))
    content = builder.to_dict()
    content["info"]["round"] = {
        "frames": {
            "labelled": sum(c is not None for c in categories),
            "partly": 0,
            "doubtful": 0,
            "empty": sum(c is None for c in categories),
        },
        "accepted": {"needle_holder": categories.count(1), "tweezers": categories.count(2)},
    }
    return content


def names(gates) -> list[str]:
    return [gate.name for gate in closed(gates)]


REFERENCE = make_round([1, 2] * 20 + [None] * 10)


def test_the_same_labels_pass_every_gate():
    assert names(gate_round(REFERENCE, copy.deepcopy(REFERENCE))) == []


def test_doubtful_instances_are_no_labels():
    marked = make_round([1, 2] * 20 + [None] * 10, shift=40.0)
    for row in marked["annotations"]:
        row["iscrowd"] = 1
    assert np.isnan(agreement_of_rounds(REFERENCE, marked))
    assert names(gate_round(REFERENCE, marked)) == []


def test_labels_on_every_background_are_refused():
    everywhere = make_round([1, 2] * 25)
    assert share_out_of_nothing(REFERENCE, everywhere) == 0.2
    assert names(gate_round(REFERENCE, everywhere)) == ["labels out of nothing"]
    beside = make_round([1, 2] * 20 + [None] * 10, shift=60.0)
    assert "labels out of nothing" in names(gate_round(REFERENCE, beside))


def test_what_the_starting_model_had_an_idea_of_may_be_learnt():
    everywhere, reference = make_round([1, 2] * 25), copy.deepcopy(REFERENCE)
    row = everywhere["annotations"][0]
    for score, share in ((0.174, 0.2), (0.175, 0.0)):
        reference["rejected"] = [
            {"file_name": f"{number}.jpg", "bbox": row["bbox"], "score": score}
            for number in range(40, 50)
        ]
        assert share_out_of_nothing(reference, everywhere) == share
    assert names(gate_round(reference, everywhere)) == []
    assert share_out_of_nothing(REFERENCE, make_round([None] * 50)) == 0


def test_a_blind_teacher_is_refused():
    assert names(gate_round(REFERENCE, make_round([None] * 50))) == [
        "share of frames with a label",
        "labels of needle_holder",
        "labels of tweezers",
    ]


def test_a_missing_category_is_refused():
    one = make_round([1, None] * 20 + [None] * 10)
    assert names(gate_round(REFERENCE, one)) == ["labels of tweezers"]


def test_contradiction_is_refused_by_its_share():
    shifted = make_round([1, 2] * 20 + [None] * 10, shift=20.0)
    assert agreement_of_rounds(REFERENCE, shifted) == 0
    assert names(gate_round(REFERENCE, shifted)) == ["labels that agree with the starting model"]
    swapped = make_round([2, 1] * 10 + [1, 2] * 10 + [None] * 10)
    assert agreement_of_rounds(REFERENCE, swapped) == 0.5
    some = make_round([2, 1] * 2 + [1, 2] * 18 + [None] * 10)  # 36 of 40 agree
    assert names(gate_round(REFERENCE, some)) == []
    more = make_round([2, 1, 2] + [1, 2, 1, 2] * 9 + [2] + [None] * 10)
    assert agreement_of_rounds(REFERENCE, more) < 0.9
    assert names(gate_round(REFERENCE, more)) == ["labels that agree with the starting model"]


def test_too_few_common_frames_say_nothing():
    assert np.isnan(agreement_of_rounds(REFERENCE, make_round([1, 2, None])))


def test_refused_rounds_close_a_gate():
    passed, refused = {"objection": ""}, {"objection": "blind"}
    assert gate_learnt([refused, passed]).open
    assert not gate_learnt([refused]).open and "blind" in str(gate_learnt([refused]))


def with_facts(found: int, partly: int, holders: int, tweezers: int, frames: int = 50) -> dict:
    """A round of which only the counts matter."""
    content = make_round([None] * frames)
    content["info"]["round"] = {
        "frames": {"labelled": found - partly, "partly": partly, "empty": frames - found},
        "accepted": {"needle_holder": holders, "tweezers": tweezers},
    }
    return content


def refused(before: dict, now: dict) -> list[str]:
    return names(gate_round(before, now))


def test_half_of_the_frames_must_still_have_a_label():
    before = with_facts(40, 0, 9, 9)
    assert refused(before, with_facts(20, 0, 4, 4)) == []
    assert refused(before, with_facts(20, 15, 4, 4)) == [], "partly labelled ones count"
    assert refused(before, with_facts(19, 0, 4, 4)) == ["share of frames with a label"]
    assert refused(with_facts(40, 30, 9, 9), with_facts(19, 0, 4, 4)) != []
    assert refused(with_facts(0, 0, 0, 0, frames=0), with_facts(0, 0, 0, 0, frames=0)) == []
    assert gate_round(with_facts(1, 0, 1, 0, frames=1), before)[1].limit == 0.5


def test_how_many_labels_a_frame_may_have():
    name = "labels per labelled frame"
    for per_frame, most in ((1, 280), (2, 540)):  # 1.3 times as many and 0.1, in 200 frames
        before = with_facts(200, 50, 100 * per_frame, 100 * per_frame, frames=250)
        assert name not in refused(before, with_facts(200, 50, most - 100, 100, frames=250))
        assert name in refused(before, with_facts(200, 50, most - 99, 100, frames=250))


def test_from_ten_labels_on_a_category_must_keep_three_tenths():
    ten, nine = with_facts(40, 0, 10, 0), with_facts(40, 0, 9, 0)
    assert refused(ten, with_facts(40, 0, 3, 0)) == []
    assert refused(ten, with_facts(40, 0, 2, 0)) == ["labels of needle_holder"]
    assert refused(nine, with_facts(40, 0, 0, 0)) == []


def test_one_label_in_twenty_may_lie_where_nothing_was():
    reference = make_round([1] * 38 + [None] * 12)
    assert refused(reference, make_round([1] * 40 + [None] * 10)) == []  # 2 of 40
    reference = make_round([1] * 53 + [None] * 4)
    assert refused(reference, make_round([1] * 56 + [None])) == ["labels out of nothing"]  # 0.054
    assert share_out_of_nothing(make_round([1, None]), make_round([None, 1])) == 1


def test_how_near_an_idea_must_lie():
    """Boxes 40 wide, moved by 21: 19 / 61 = 0.31 of their union; by 22: 18 / 62 = 0.29."""
    for shift, share in ((21.0, 0), (22.0, 1)):
        assert share_out_of_nothing(make_round([1]), make_round([1], shift=shift)) == share


def test_how_far_keypoints_of_one_label_may_be_apart():
    """A tenth of the diagonal of a box of 40 by 80 pixels is 8.94; 6.3 each way is 8.91."""
    five = make_round([1] * 5)
    for shift, share in ((6.3, 1), (6.4, 0)):
        assert agreement_of_rounds(five, make_round([1] * 5, shift=shift)) == share
    assert agreement_of_rounds(five, make_round([2] * 5)) == 0


def test_labels_without_common_keypoints_are_compared_by_their_boxes():
    """Boxes 40 wide, moved by 13: 27 / 53 = 0.51 of their union; by 14: 26 / 54 = 0.48."""
    for unlabelled in (0, 1):
        for shift, share in ((13.0, 1), (14.0, 0)):
            pair = [make_round([1] * 5), make_round([1] * 5, shift=shift)]
            for row in pair[unlabelled]["annotations"]:
                row["keypoints"] = [0] * 15
            assert agreement_of_rounds(*pair) == share


def test_what_lies_on_a_limit_is_the_same_label():
    five, moved, wide = make_round([1] * 5), make_round([1] * 5), make_round([1] * 5)
    for row in moved["annotations"]:
        row["keypoints"] = [
            v + step for v, step in zip(row["keypoints"], [3, 4, 0] * 5, strict=True)
        ]
    for row in five["annotations"]:
        row["bbox"] = [30, 10, 30, 40]  # a diagonal of 50 pixels, of which 5 are a tenth
    assert agreement_of_rounds(moved, five) == 1 and agreement_of_rounds(five, moved) == 1
    for row in wide["annotations"]:
        row.update(keypoints=[0] * 15, bbox=[30, 10, 60, 40])  # half of it in common
    assert agreement_of_rounds(five, wide) == 1


def test_hidden_keypoints_are_compared_too():
    """Their places tell two labels apart whose boxes are the same."""
    here, there = make_round([1] * 5), make_round([1] * 5)
    for content, step in ((here, 0), (there, 30)):
        for row in content["annotations"]:
            row["keypoints"] = [v for x, y in SHAPE for v in (x + step, y, 1)]
    assert agreement_of_rounds(here, there) == 0


def test_five_labels_on_common_frames_say_something():
    assert np.isnan(agreement_of_rounds(REFERENCE, make_round([1, 2] * 2)))
    assert agreement_of_rounds(REFERENCE, make_round([1, 2] * 2 + [1])) == 1


def test_an_idea_at_three_tenths_of_the_union_is_near():
    reference, current = make_round([1]), make_round([1])
    reference["annotations"][0]["bbox"] = [0, 0, 10, 10]
    for height, share in ((3, 0), (2.9, 1)):
        current["annotations"][0]["bbox"] = [0, 0, 10, height]
        assert share_out_of_nothing(reference, current) == share


def test_a_round_without_labels_has_none_per_frame():
    gates = gate_round(REFERENCE, make_round([None] * 50))
    assert [gate.value for gate in gates if gate.name == "labels per labelled frame"] == [0]


def test_a_round_of_too_few_labels_is_not_learnt_from_whatever_its_gates_say():
    content = copy.deepcopy(REFERENCE)
    content["info"]["round"]["instances"] = {"needle_holder": 6, "tweezers": 3}
    judged = judge_round(content, REFERENCE, min_instances=10)
    assert judged["objection"] == "9 instances accepted, 10 are needed"
    assert judged["gates"] and all(gate["open"] for gate in judged["gates"])
    assert judge_round(content, REFERENCE, min_instances=9)["objection"] == ""
    assert judge_round(content, min_instances=9) == {"gates": [], "objection": ""}


def test_the_objection_names_every_closed_gate():
    content = make_round([1, 2] * 25)
    content["info"]["round"]["instances"] = {"needle_holder": 25, "tweezers": 25}
    judged = judge_round(content, REFERENCE)
    assert judged["objection"].startswith("labels out of nothing is 0.200, at most 0.050 allowed")
