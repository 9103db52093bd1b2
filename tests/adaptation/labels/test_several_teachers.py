"""Of several teachers' answers the most plausible counts, or none."""

import numpy as np
import pytest

from surgtools.adaptation.frames.collect import collect_frames
from surgtools.adaptation.labels.expected_precision import FEATURES, PrecisionModel
from surgtools.adaptation.labels.first_look import FirstLook
from surgtools.adaptation.labels.pool_labeler import PoolLabeler
from surgtools.adaptation.labels.proposals import propose
from surgtools.adaptation.labels.selector import Selector
from surgtools.adaptation.labels.several_teachers import (
    KNOWLEDGE,
    LOOK,
    Answers,
    FurtherTeacher,
    join_answers,
)
from surgtools.adaptation.source_knowledge import SourceKnowledge
from surgtools.errors import InputError
from surgtools.prediction.results import Instance
from surgtools.taxonomy import COCO_PERSON

POINTS = np.array([(50.0, 50), (40, 80), (48, 20), (60, 80), (52, 20)])
TWEEZERS = np.array([(50.0, 80), (45, 50), (48, 20), (55, 50), (52, 20)])
BAD = "bbox_score: 0.1 is below 0.5"


def instance(category=1, shift=0.0, score=0.9):
    points = (POINTS if category == 1 else TWEEZERS) + shift
    box = np.array([38.0, 18, 62, 82]) + shift
    return Instance(category, box, score, points, np.full(5, 0.9), np.ones(5))


@pytest.fixture
def answers(proposals_of):
    """What a teacher says of every frame, with its confidence."""

    def judged(per_frame, confidence, reasons=None, threshold=0.5):
        proposals = proposals_of(per_frame)
        proposals.statistics["confidence"] = np.array(confidence, dtype=float)
        return Answers(proposals, reasons or [""] * len(proposals), threshold)

    return judged


def test_the_surer_teacher_of_each_place_is_believed_whoever_it_is(answers):
    first = answers([[instance()], [instance()]], [0.9, 0.8])
    second = answers([[instance(shift=2.0)], [instance(shift=2.0)]], [0.8, 0.95], threshold=0.2)
    joined, reasons, thresholds = join_answers([first, second])
    assert joined.num_frames == 2 and joined.frames.tolist() == [0, 1, 0, 1]
    assert [not reason for reason in reasons] == [True, False, False, True]
    assert reasons[2] == (
        "one_per_place: a surer answer of another teacher (0.90) is at the same place"
    )
    assert thresholds.tolist() == [0.5, 0.5, 0.2, 0.2]


def test_what_only_one_teacher_finds_or_accepts_is_kept(answers):
    first = answers([[instance(), instance(shift=200.0)]], [0.9, 0.9], ["", BAD])
    second = answers([[instance(shift=202.0), instance(shift=-300.0)]], [0.8, 0.8])
    reasons = join_answers([first, second])[1]
    assert reasons == ["", BAD, "", ""]


def test_a_sure_teacher_outvotes_an_unsure_one_of_another_category(answers):
    first, second = answers([[instance(1)]], [0.75]), answers([[instance(2)]], [0.95])
    joined, reasons, _ = join_answers([first, second])
    assert reasons[1] == "" and "another teacher" in reasons[0]  # 0.25 of doubt is 5 times 0.05
    assert joined.category_ids.tolist() == [1, 2]


def test_two_sure_teachers_of_different_categories_give_no_label(answers):
    first, second = answers([[instance(1)]], [0.9]), answers([[instance(2)]], [0.95])
    reasons = join_answers([first, second])[1]
    assert reasons == ["one_per_place: teachers contradict each other (0.95, 0.90)"] * 2


def test_of_three_the_best_stays_and_equals_go(answers):
    parts = [answers([[instance(shift=float(i))]], [c]) for i, c in enumerate((0.8, 0.9, 0.85))]
    assert [not reason for reason in join_answers(parts)[1]] == [False, True, False]


def test_instruments_that_cross_are_two_places(answers):
    turned = instance()
    turned.keypoints[:] = (POINTS - 50) @ np.array([[0, -1.0], [1, 0]]) + 50
    turned.bbox[:] = (30, 20, 70, 80)
    reasons = join_answers([answers([[instance()]], [0.9]), answers([[turned]], [0.8])])[1]
    assert reasons == ["", ""]


def test_one_teachers_own_answers_are_left_to_its_rules(answers):
    reasons = join_answers([answers([[instance(), instance(shift=1.0)]], [0.9, 0.8])])[1]
    assert reasons == ["", ""]


def test_teachers_of_other_categories_are_refused(answers):
    person = Instance(
        1, np.array([0.0, 0, 9, 9]), 0.9, np.zeros((17, 2)), np.ones(17), np.ones(17),
        taxonomy=COCO_PERSON,
    )  # fmt: skip
    with pytest.raises(InputError, match="different categories"):
        join_answers([answers([[instance()]], [0.9]), answers([[person]], [0.9])])


def constant(right: float) -> PrecisionModel:
    """Every proposal is right with this probability."""
    none = (0.0,) * len(FEATURES)
    return PrecisionModel(none, (1.0,) * len(FEATURES), none, float(np.log(right / (1 - right))))


@pytest.mark.parametrize(("second_is_right", "winner"), [(0.99, 3.0), (0.6, 0.0)])
def test_a_round_of_two_teachers_that_disagree(dots, tmp_path, second_is_right, winner):
    """The second says everything 3 px aside; the fitted confidence decides who is believed."""
    import cv2

    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(60):
        picture = dots.draw(dots.shape(0.1 * number, 0.45, (60.0, 55)), 230)
        cv2.imwrite(str(folder / f"{number:02d}.png"), picture)
    pool = collect_frames([str(folder)], tmp_path / "pool")[0]
    numbers = [frame.number for frame in pool.frames]

    class Aside(dots.Finder):
        def _find(self, image):
            found = super()._find(image)
            for own in found:
                own.keypoints[:], own.bbox[:] = own.keypoints + 3, own.bbox + 3
            return found

    thresholds = {"bbox_score": 0.7, "keypoint": 0.5, "confidence": 0.5}
    knowledge = [SourceKnowledge({}, thresholds, constant(p), {}) for p in (0.9, second_is_right)]
    second = propose(pool.read, range(len(pool)), Aside(), views=())
    knowledge[1].add_statistics(second, pool.clips, numbers, pool.read)
    (tmp_path / "teacher_2").mkdir()
    knowledge[1].write(tmp_path / "teacher_2" / KNOWLEDGE)
    FirstLook(second, "aside").write(tmp_path / "teacher_2" / LOOK)

    def label(further):
        maker = PoolLabeler(
            pool, dots.Finder(), knowledge[0], Selector(thresholds), "pose", further=further
        )
        return maker.label(1, {"teacher_digest": "frozen"}, lambda now, of: None)

    alone, _ = label(())
    both, rejected = label([FurtherTeacher.load(tmp_path / "teacher_2")])
    shift = np.array([row["bbox"][:2] for row in both.annotations]) - np.array(
        [row["bbox"][:2] for row in alone.annotations]
    )
    assert len(both.annotations) == len(alone.annotations) > 20
    assert shift == pytest.approx(winner, abs=0.6)
    lost = [row for row in rejected if "another teacher" in row["reason"]]
    assert len(lost) == len(both.annotations)
