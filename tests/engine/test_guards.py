"""Every gate closes in its own direction and stays open for a harmless run."""

import copy

import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.engine.guards import (
    Gate,
    agreement_of_rounds,
    closed,
    gate_background,
    gate_model,
    gate_round,
    gate_source,
)
from surgtools.engine.proposals import Proposals
from surgtools.metainfo import NUM_SLOTS

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


def test_a_round_of_whole_frames_compares_by_what_was_accepted():
    whole = copy.deepcopy(REFERENCE)
    whole["annotations"] = whole["annotations"][:5]  # the other frames hold a doubtful one, too
    assert names(gate_round(REFERENCE, whole)) == []


def test_labels_on_every_background_are_refused():
    assert "share of frames with a label" in names(gate_round(REFERENCE, make_round([1, 2] * 25)))


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


def test_too_few_common_frames_say_nothing():
    assert np.isnan(agreement_of_rounds(REFERENCE, make_round([1, 2, None])))


def found(frames, scores=None, shift=0.0, num_frames=40) -> Proposals:
    """One needle holder per entry of ``frames``."""
    count = len(frames)
    keypoints = np.full((count, NUM_SLOTS, 2), np.nan)
    keypoints[:, :5] = SHAPE + shift
    return Proposals(
        frames=np.array(frames, dtype=int),
        category_ids=np.ones(count, dtype=int),
        boxes=np.tile([30.0, 10, 70, 90], (count, 1)) + shift,
        scores=np.full(count, 0.9) if scores is None else np.array(scores),
        keypoints=keypoints,
        keypoint_scores=np.full((count, NUM_SLOTS), 0.9),
        visible=np.ones((count, NUM_SLOTS)),
        spread=np.zeros((count, NUM_SLOTS)),
        num_frames=num_frames,
    )


def compare(start, adapted, trusted=None):
    trusted = np.ones(len(adapted), bool) if trusted is None else trusted
    return names(gate_model(start, adapted, np.ones(len(start), bool), trusted))


def test_an_unchanged_pair_passes():
    assert compare(found(range(20)), found(range(20))) == []


def test_finding_what_the_start_had_an_idea_of_is_welcome():
    start = found(range(40), [0.9] * 20 + [0.15] * 20)
    assert compare(start, found(range(40))) == []


def test_finding_out_of_nothing_is_refused():
    assert compare(found(range(20)), found(range(30))) == [
        "frames with an instrument out of nothing"
    ]


def test_losing_instruments_is_refused():
    closed_names = compare(found(range(20)), found(range(10)))
    assert closed_names == [
        "frames with a lost instrument",
        "empty frames",
        "frames with a trusted instrument",
    ]


def test_moved_keypoints_count_as_lost():
    moved = found(range(20))
    moved.keypoints = moved.keypoints + 25  # 25 px of a diagonal of 89 px
    assert compare(found(range(20)), moved) == ["frames with a lost instrument"]


def test_a_crowd_is_refused():
    adapted = found([*range(20), *range(20)])
    assert compare(found(range(20)), adapted) == ["instruments per frame that has any"]


def test_a_fall_of_the_label_free_score_is_refused():
    trusted = np.arange(20) < 10
    assert compare(found(range(20)), found(range(20)), trusted) == [
        "frames with a trusted instrument"
    ]


def test_without_trusted_frames_nothing_can_be_judged():
    assert compare(found([]), found([])) == ["frames the starting pair can be trusted on"]
    assert compare(found(range(4)), found(range(4))) == [
        "frames the starting pair can be trusted on"
    ]


def test_background_and_source():
    assert gate_background(0.10, 0.14).open and not gate_background(0.10, 0.16).open
    gates = gate_source({"box AP": 0.9, "AP": 0.8, "none": None}, {"box AP": 0.86, "AP": 0.7})
    assert names(gates) == ["source AP"]
    assert gates[1].limit == pytest.approx(0.75)


def test_no_number_is_never_within_a_limit():
    assert not Gate("x", float("nan"), 1.0, True, "why").open
    assert Gate("x", float("nan"), 1.0, True, "why").to_dict()["value"] is None
    text = str(Gate("x", 0.5, 0.25, True, "because"))
    assert text == "x is 0.500, at most 0.250 allowed: because"
