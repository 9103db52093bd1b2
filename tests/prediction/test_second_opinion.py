"""A second pose network confirms what is found in a quiet picture."""

from dataclasses import replace

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.frame_keypoints import FrameKeypoints
from surgtools.prediction.inferencer import Inferencer
from surgtools.prediction.network_pair import join_networks
from surgtools.prediction.results import Instance
from surgtools.prediction.second_opinion import (
    Confirmation,
    SecondOpinion,
    is_torn,
    read_second_opinion,
)
from surgtools.prediction.sources import Frame, Source
from surgtools.prediction.thresholds import Thresholds
from surgtools.taxonomy import COCO_PERSON

FOUR_TURNS_MIRRORED = 8


class Judge:
    """A pose network that says `logit` of the first category and the opposite of the second, and
    more by one where the crop's top left is the brightest corner.
    """

    def __init__(self, pose, logit=0.0):
        self.plain, self.logit, self.crops = pose, logit, 0
        self.spec = replace(pose.spec, has_presence=True)

    def __call__(self, batch):
        self.crops += len(batch)
        corners = batch.mean(axis=1)[:, [0, 0, -1, -1], [0, -1, 0, -1]]
        bright = (corners[:, :1] > corners[:, 1:]).all(axis=1)
        logits = np.stack([self.logit + bright, -self.logit + bright], axis=1)
        return *self.plain(batch), logits


@pytest.fixture
def pose(toy):
    return toy.predictor.pose.backend


def instance(category_id=1, score=0.8, box=(10, 10, 60, 60)):
    return Instance(
        category_id, np.array(box, float), score, np.full((5, 2), 30.0), np.ones(5), np.ones(5)
    )


def test_the_score_is_joined_with_the_probability_of_the_own_category(pose):
    confirm = Confirmation(SecondOpinion(Judge(pose, np.log(0.25 / 0.75)), 3, 0.2))
    picture = np.zeros((100, 100, 3), np.uint8)
    holder, tweezers = confirm(picture, [instance(1), instance(2)])
    assert holder.bbox_score == pytest.approx(0.8 * 0.25**0.5)
    assert tweezers.bbox_score == pytest.approx(0.8 * 0.75**0.5)
    np.testing.assert_array_equal(holder.keypoints, instance().keypoints)
    assert confirm(picture, []) == []


HERE = np.array([[30, 60], [20, 90], [28, 10], [40, 90], [32, 10]], float)


def told(keypoints, visible=(0.9,) * 5):
    box = np.array([20.0, 10, 40, 90])  # 2 sigmas of it are 4 px
    return Instance(1, box, 0.8, np.asarray(keypoints, float), np.ones(5), np.array(visible))


def test_an_end_that_each_sees_elsewhere_tears_an_instrument():
    torn, moved = HERE.copy(), HERE.copy()
    torn[1] = [60, 10]
    moved[1] += [0, 2]  # exp(-4 / 32) = 0.88
    assert is_torn(told(HERE), told(torn)) and is_torn(told(torn), told(HERE))
    assert not is_torn(told(HERE), told(HERE)) and not is_torn(told(HERE), told(moved))


@pytest.mark.parametrize("visible, expected", [(0.59, False), (0.61, True)])
def test_of_a_hidden_end_nobody_knows(visible, expected):
    torn = HERE.copy()
    torn[1] = [60, 10]
    assert is_torn(told(HERE), told(torn, (0.9, visible, 0.9, 0.9, 0.9))) is expected
    assert is_torn(told(HERE, (0.9, visible, 0.9, 0.9, 0.9)), told(torn)) is expected


def test_who_agrees_on_nothing_does_not_know_the_scene():
    assert not is_torn(told(HERE), told(HERE[[0, 2, 1, 4, 3]]))
    none = told(np.zeros((0, 2)), ())
    assert not is_torn(none, none)


def test_a_torn_instance_gets_no_score(pose):
    pose.tips_low = True
    confirm = Confirmation(SecondOpinion(Judge(pose, 6.0), 3, 0.2))
    picture = np.zeros((100, 100, 3), np.uint8)
    boxes = Boxes(np.array([[10.0, 10, 90, 90]]), np.array([0.8]), np.array([1]))
    _, (seen,) = confirm.look(picture, boxes)
    (kept,) = confirm(picture, [seen])
    assert kept.bbox_score > 0.7
    elsewhere = seen.keypoints.copy()
    elsewhere[0] += 40  # the joint, which the network shows
    (refused,) = confirm(picture, [seen.changed(keypoints=elsewhere)])
    assert refused.bbox_score == 0


def test_a_box_without_keypoints_keeps_its_score(pose):
    none = np.zeros(0)
    box = replace(
        instance(), keypoints=np.zeros((0, 2)), keypoint_scores=none, keypoint_visible=none
    )
    confirm = Confirmation(SecondOpinion(Judge(pose, -2.0), 3, 0.2))
    kept, asked = confirm(np.zeros((100, 100, 3), np.uint8), [box, instance()])
    assert kept is box and asked.bbox_score < 0.8


def test_a_crop_is_seen_mirrored_and_in_pictures_turned(pose):
    judge = Judge(pose)
    confirm = Confirmation(SecondOpinion(judge, 3, 0.2))
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:20, :20] = 255
    boxes = Boxes(np.array([[10.0, 10, 90, 90]]), np.array([0.8]), np.array([1]))
    once = confirm.look(picture, boxes, turned=False)[0]
    assert judge.crops == 2, "as it is and mirrored"
    turned = confirm.look(picture, boxes)[0]
    assert judge.crops == 2 + FOUR_TURNS_MIRRORED
    # bright at the top left in one of two looks, and in two of eight: logits of 1/2 and 1/4
    assert once[0] == pytest.approx(1 / (1 + np.exp(-0.5)))
    assert turned[0] == pytest.approx(1 / (1 + np.exp(-0.25)))


@pytest.fixture
def confirmed_pair(toy, pose):
    """A pair whose second network believes in nothing, for pictures of at most ``most_boxes``."""
    pose.tips_low = True

    def make(most_boxes):
        class First(Judge):
            second_opinion = SecondOpinion(Judge(pose, -6.0), most_boxes, 0.2)

        detector = toy.predictor.detector.backend
        inferencer = Inferencer.from_backends(detector, First(pose, 6.0), batch_size=4)
        return inferencer, First.second_opinion.backend

    return make


def test_only_quiet_pictures_are_confirmed(confirmed_pair, draw_square):
    picture = draw_square("blue")
    cluttered, asked = confirmed_pair(0)
    assert [len(result) for result in cluttered([picture])] == [1] and asked.crops == 0
    quiet, asked = confirmed_pair(1)
    assert [len(result) for result in quiet([picture])] == [0]
    assert asked.crops == FOUR_TURNS_MIRRORED
    assert [len(result) for result in quiet([draw_square(None)])] == [0]
    assert asked.crops == FOUR_TURNS_MIRRORED, "nothing was found, nothing is asked"


def test_several_views_are_confirmed_once(confirmed_pair, draw_square):
    quiet, asked = confirmed_pair(1)
    quiet.tta = True
    assert [len(result) for result in quiet([draw_square("blue")])] == [0]
    assert asked.crops == FOUR_TURNS_MIRRORED


def test_in_video_crops_are_not_turned_and_refused_boxes_still_count(confirmed_pair, draw_square):
    inferencer, asked = confirmed_pair(1)
    boxes = Boxes(
        np.array([[100, 80, 180, 140.0], [100, 80, 181, 140.0]]),
        np.array([1.0, 0.9]),
        np.array([1, 2]),
    )
    frames = FrameKeypoints(inferencer.predictor)
    clip = Source("b.mp4", "video", "b")
    one, two = boxes.subset(np.array([True, False])), boxes
    for own, crops in ((one, 2), (two, 2), (two, 2), (one, 4)):
        frames([Frame(clip, draw_square("blue"))], [own], [None])
        assert asked.crops == crops, "a second box that presence refused makes no quiet frame"


def test_without_presence_nobody_is_asked(confirmed_pair, toy):
    inferencer, _ = confirmed_pair(1)
    predictor = inferencer.predictor
    assert predictor.confirm is not None
    networks = predictor.detector.backend, predictor.pose.backend
    assert join_networks(*networks, Thresholds(), presence=False).confirm is None
    assert join_networks(None, networks[1], Thresholds()).confirm is None


def test_what_a_config_names(pose):
    judge, opened = Judge(pose), []
    named = {"model": "other", "most_boxes": 4, "counted_from": 0.25}
    opinion = read_second_opinion(
        {"second_opinion": named}, "a.py", lambda row: opened.append(row) or judge
    )
    assert opinion == SecondOpinion(judge, 4, 0.25) and opened == [named]
    assert read_second_opinion({}, "a.py", opened.append) is None


def test_weak_boxes_do_not_count(pose):
    opinion = SecondOpinion(pose, 1, 0.25)
    boxes = Boxes(np.zeros((2, 4)), np.array([0.9, 0.25]), np.ones(2, int))
    assert not opinion.is_asked(boxes)
    assert opinion.is_asked(replace(boxes, scores=np.array([0.9, 0.24])))
    assert opinion.is_asked(Boxes())


@pytest.mark.parametrize(
    ("most", "lowest"), [(None, 0.2), (2.5, 0.2), (True, 0.2), (-1, 0.2), ("4", 0.2), (4, None)]
)
def test_a_limit_that_is_none_is_refused(most, lowest):
    named = {"model": "other", "most_boxes": most, "counted_from": lowest}
    with pytest.raises(InputError, match="a.py: `second_opinion` needs the numbers `most_boxes`"):
        read_second_opinion({"second_opinion": named}, "a.py", lambda row: None)


def test_a_network_without_presence_is_refused(pose):
    named = {"model": "other", "most_boxes": 4, "counted_from": 0.25}
    with pytest.raises(InputError, match="does not say whether a crop shows an instrument"):
        read_second_opinion({"second_opinion": named}, "a.py", lambda row: pose)


def test_a_network_of_another_taxonomy_is_refused(confirmed_pair):
    """It would be asked for the presence of categories that it does not know."""
    predictor = confirmed_pair(1)[0].predictor
    detector, pose = predictor.detector.backend, predictor.pose.backend
    judge = pose.second_opinion.backend
    judge.spec = replace(judge.spec, taxonomy=COCO_PERSON)
    with pytest.raises(InputError, match="the network that `second_opinion` names .*person"):
        join_networks(detector, pose, Thresholds())
    assert join_networks(detector, pose, Thresholds(), presence=False).confirm is None
