"""Every gate closes in its own direction and stays open for a harmless run."""

import numpy as np
import pytest

from surgtools.adaptation.guards.gates import (
    Gate,
    closed,
    gate_background,
    gate_made_up,
    gate_model,
    gate_source,
)
from surgtools.adaptation.guards.judged_proposals import JudgedProposals
from surgtools.adaptation.labels.proposals import Proposals
from surgtools.evaluation.settings import SCORE_THR
from surgtools.metainfo import NUM_SLOTS

SHAPE = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])


def names(gates) -> list[str]:
    return [gate.name for gate in closed(gates)]


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


def compare(start, adapted, trusted=None, teacher=None):
    trusted = np.ones(len(adapted), bool) if trusted is None else trusted
    start = JudgedProposals(start, np.ones(len(start), bool))
    return names(gate_model(start, JudgedProposals(adapted, trusted), teacher))


def test_an_unchanged_pair_passes():
    assert compare(found(range(20)), found(range(20))) == []


def test_finding_what_the_start_had_an_idea_of_is_welcome():
    start = found(range(40), [0.9] * 20 + [0.15] * 20)
    assert compare(start, found(range(40))) == []


def test_finding_out_of_nothing_is_refused():
    assert compare(found(range(20)), found(range(30))) == [
        "frames with an instrument out of nothing"
    ]


def test_what_a_teacher_with_better_eyes_knows_of_is_not_made_up():
    teacher = JudgedProposals(found(range(40)), np.ones(40, bool))
    assert compare(found(range(3)), found(range(40)), teacher=teacher) == []
    # and with three trusted frames of its own a student of few pixels can still be judged


def test_losing_instruments_is_refused():
    closed_names = compare(found(range(20)), found(range(10)))
    assert closed_names == [
        "trusted frames with a lost instrument",
        "empty frames",
        "frames with a trusted instrument",
    ]


def test_one_of_five_trusted_frames_may_not_be_lost_and_one_of_twenty_may():
    assert compare(found(range(5)), found(range(1, 5))) == [
        "trusted frames with a lost instrument"  # 0.2; of all 40 frames it is 0.025
    ]
    assert compare(found(range(20)), found(range(1, 20))) == []  # 0.05


def test_moved_keypoints_count_as_lost():
    moved = found(range(20))
    moved.keypoints = moved.keypoints + 25  # 25 px of a diagonal of 89 px
    assert compare(found(range(20)), moved) == ["trusted frames with a lost instrument"]


def test_a_crowd_is_refused():
    adapted = found([*range(20), *range(20)])
    assert compare(found(range(20)), adapted) == ["instruments per frame that has any"]


def test_doubtful_ones_beside_the_trusted_are_refused():
    """Parts of an instrument that are reported beside the whole are no crowd yet."""
    for count, refused in ((4, False), (5, True)):  # of 5 coins all show heads in 1 case of 32
        adapted = found([*range(20), *range(count)])
        trusted = np.arange(20 + count) < 20
        expected = ["frames with a doubtful instrument"] if refused else []
        assert compare(found(range(20)), adapted, trusted) == expected


def test_a_student_may_doubt_what_its_teacher_doubts():
    """A student of few pixels starts blind; its teacher's doubts are no new ones."""
    adapted = found(range(40))
    accepted = np.arange(40) < 20
    teacher = JudgedProposals(found(range(40)), accepted)
    assert compare(found(range(5)), adapted, accepted, teacher) == []
    assert compare(
        found(range(5)), adapted, accepted, JudgedProposals(found(range(40)), accepted | True)
    ) == ["frames with a doubtful instrument"]


def test_a_fall_of_the_label_free_score_is_refused():
    trusted = np.arange(20) < 10
    assert compare(found(range(20)), found(range(20)), trusted) == [
        "frames with a doubtful instrument",
        "frames with a trusted instrument",
    ]


def test_what_chance_explains_is_no_fall():
    start, adapted = found(range(20)), found(range(22))
    # of 5 coins none or one shows heads in 6 cases of 32, none in 1 of 32; of 9 two or fewer in
    # 46 of 512, one or none in 10 of 512; of 10 two or fewer in 56 of 1024
    chances = ((4, 0, False), (5, 0, True), (7, 2, False), (8, 1, True), (8, 2, False))
    for lost, gained, refused in chances:
        trusted = np.arange(22) >= lost
        trusted[20:] = np.arange(2) < gained
        assert ("frames with a trusted instrument" in compare(start, adapted, trusted)) == refused


def test_without_trusted_frames_nothing_can_be_judged():
    assert compare(found([]), found([])) == ["frames the starting pair can be trusted on"]
    assert compare(found(range(4)), found(range(4))) == [
        "frames the starting pair can be trusted on"
    ]


def test_background_and_source():
    frames, start = np.arange(100), np.arange(100) < 10
    assert gate_background(start, frames < 15).open  # 5 more of 100
    assert not gate_background(start, frames < 16).open  # 6 heads of 6: 1 in 64
    few = np.arange(40) < 0
    assert gate_background(few, np.arange(40) < 4).open  # 4 heads of 4: 1 in 16
    assert not gate_background(few, np.arange(40) < 5).open  # 1 in 32
    assert gate_background(few[:0], few[:0]).open, "no background to probe"
    assert gate_made_up(0.10, 0.149).open and not gate_made_up(0.10, 0.151).open


def test_a_student_of_few_pixels_may_make_up_what_its_teacher_does_in_full_pictures():
    assert not gate_made_up(0.0, 0.14).open
    assert gate_made_up(0.0, 0.14, teacher_rate=0.10).open
    assert not gate_made_up(0.0, 0.16, teacher_rate=0.10).open
    assert gate_made_up(0.10, 0.14, teacher_rate=0.0).open, "its own rate stays allowed"


def test_one_category_may_lose_twice_what_the_mean_may():
    start = {"box AP of a": 0.9, "box AP of b": 0.8, "AP of a": 0.7, "AP of c": None}
    gates = gate_source(start, {"box AP of a": 0.92, "box AP of b": 0.71, "AP of a": 0.66})
    assert names(gates) == [], "b lost 0.09, the mean 0.035"
    assert [gate.limit for gate in gates] == pytest.approx([0.8, 0.7, 0.6, 0.8, 0.65])
    worse = gate_source(start, {"box AP of a": 0.84, "box AP of b": 0.75, "AP of a": 0.59})
    assert names(worse) == ["source AP of a", "source mean box AP", "source mean AP"]
    blind = gate_source(start, dict.fromkeys(start))
    assert len(names(blind)) == 5, "no number is never within a limit"


def in_400(*frames) -> Proposals:
    """One needle holder in each of the frames, out of so many that a share outweighs chance."""
    return found([frame for some in frames for frame in some], num_frames=400)


@pytest.mark.parametrize(
    "name, adapted, trusted_from, is_closed",
    [
        ("frames with a trusted instrument", in_400(range(400)), 12, False),  # 0.03 of 400
        ("frames with a trusted instrument", in_400(range(400)), 13, True),
        ("frames with a doubtful instrument", in_400(range(20), range(400)), 20, False),  # 0.05
        ("frames with a doubtful instrument", in_400(range(21), range(400)), 21, True),
        ("empty frames", in_400(range(20, 400)), 0, False),  # 0.05
        ("empty frames", in_400(range(21, 400)), 0, True),
        ("trusted frames with a lost instrument", in_400(range(32, 400)), 0, False),  # 0.08
        ("trusted frames with a lost instrument", in_400(range(33, 400)), 0, True),
        ("instruments per frame that has any", in_400(range(400), range(120)), 0, False),  # 1.3
        ("instruments per frame that has any", in_400(range(400), range(121)), 0, True),
    ],
)
def test_on_either_side_of_a_limit(name, adapted, trusted_from, is_closed):
    trusted = np.arange(len(adapted)) >= trusted_from
    assert (name in compare(in_400(range(400)), adapted, trusted)) is is_closed


@pytest.mark.parametrize("more, is_closed", [(40, False), (41, True)])  # 0.10 of 400
def test_how_many_frames_may_hold_something_out_of_nothing(more, is_closed):
    name = "frames with an instrument out of nothing"
    refused = compare(in_400(range(300)), in_400(range(300 + more)))
    assert (name in refused) is is_closed


@pytest.mark.parametrize("more, is_closed", [(55, False), (56, True)])
def test_how_many_instruments_a_frame_may_hold_where_it_held_two(more, is_closed):
    """1.25 times two and 0.05: 2.55 of 100 frames."""
    twice = [*range(100)] * 2
    start, adapted = found(twice, num_frames=100), found([*twice, *range(more)], num_frames=100)
    assert ("instruments per frame that has any" in compare(start, adapted)) is is_closed


@pytest.mark.parametrize("step, is_lost", [(17.8, False), (18.0, True)])
def test_how_far_a_trusted_instrument_may_move(step, is_lost):
    """A fifth of the diagonal of a box of 40 by 80 pixels is 17.89 pixels."""
    moved = found(range(20))
    moved.keypoints = moved.keypoints + [step, 0]
    assert ("trusted frames with a lost instrument" in compare(found(range(20)), moved)) is is_lost


@pytest.mark.parametrize("step, is_new", [(26, False), (27, True)])
def test_how_near_an_idea_must_lie(step, is_new):
    """Boxes 40 wide, moved by 26: 14 / 66 = 0.21 of their union; by 27: 13 / 67 = 0.19."""
    beside = found(range(20))
    beside.boxes = beside.boxes + [step, 0, step, 0]
    name = "frames with an instrument out of nothing"
    assert (name in compare(found(range(20)), beside)) is is_new


def test_what_lies_on_a_limit_is_within_it():
    start, moved, wide = found(range(20)), found(range(20)), found(range(20))
    start.boxes = moved.boxes = np.tile([30.0, 10, 60, 50], (20, 1))  # a diagonal of 50 pixels
    moved.keypoints = moved.keypoints + [10, 0]
    assert compare(start, moved) == [], "moved by a fifth of the diagonal"
    wide.boxes = np.tile([30.0, 10, 230, 90], (20, 1))  # five times as wide: a fifth in common
    assert compare(found(range(20)), wide) == []
    assert compare(found(range(20)), found(range(20), [SCORE_THR] * 20)) == []
    doubted = JudgedProposals(found(range(20), [SCORE_THR] * 20), np.zeros(20, bool))
    assert len(doubted.doubtful) == 20 and len(doubted.reported) == 20
    assert len(JudgedProposals(doubted.proposals, ~doubted.trusted).accepted) == 20
    alike = gate_model(*[JudgedProposals(found([0], num_frames=1), np.ones(1, bool))] * 2)
    limits = [gate.limit for gate in alike[4:]]
    assert limits == pytest.approx([0.05, 0.05, 0.97]), "where nothing changed, chance adds none"


def test_shares_of_a_single_frame_and_of_none():
    one, none = (
        JudgedProposals(found(rows, num_frames=1), np.ones(len(rows), bool)) for rows in ([0], [])
    )
    gained, lost = gate_model(none, one), gate_model(one, none)
    assert [gate.value for gate in gained] == [0, 1, 0, 1, 0, 0, 1]
    assert [gate.value for gate in lost] == [1, 0, 1, 1, 0, 1, 0]
    assert gate_background(np.array([False]), np.array([True])).value == 1
    empty = JudgedProposals(found([], num_frames=0), np.zeros(0, bool))
    assert [gate.value for gate in gate_model(empty, empty)] == [0, 0, 0, 1, 0, 1, 0]


def test_how_much_background_may_be_taken_for_an_instrument():
    none = np.zeros(400, bool)
    assert gate_background(none, np.arange(400) < 20).open  # 0.05
    assert not gate_background(none, np.arange(400) < 21).open


def test_how_much_of_the_source_may_be_forgotten():
    start = {"AP of a": 0.5, "AP of b": 0.5}
    for a, b, refused in (
        (0.451, 0.451, []),
        (0.449, 0.449, ["source mean AP"]),
        (0.401, 0.5, []),
        (0.399, 0.52, ["source AP of a"]),
    ):
        assert names(gate_source(start, {"AP of a": a, "AP of b": b})) == refused


def test_no_number_is_never_within_a_limit():
    assert not Gate("x", float("nan"), 1.0, True, "why").open
    assert Gate("x", float("nan"), 1.0, True, "why").to_dict()["value"] is None
    text = str(Gate("x", 0.5, 0.25, True, "because"))
    assert text == "x is 0.500, at most 0.250 allowed: because"
