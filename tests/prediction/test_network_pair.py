"""Two networks become a pair: what each is asked, and which do not go together."""

from dataclasses import replace

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.augmentation import FOUR_VIEWS, ONE_VIEW
from surgtools.prediction.estimators import Detector
from surgtools.prediction.joined_detectors import Beside, JoinedDetectors
from surgtools.prediction.models import Models
from surgtools.prediction.network_pair import NetworkPair, join_networks, open_networks
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.thresholds import Thresholds
from surgtools.prediction.zoom import ZoomedDetector
from surgtools.taxonomy import SURGICAL


@pytest.fixture
def networks(toy):
    return toy.predictor.detector.backend, toy.predictor.pose.backend


def with_presence(pose):
    class Pose:
        spec = replace(pose.spec, has_presence=True)

    return Pose()


def test_mirrored_crops_are_for_one_view_alone(networks):
    pair = join_networks(*networks, Thresholds(), batch_size=5)
    assert (pair.pose.flip_test, pair.pose_in_views.flip_test) == (True, False)
    assert pair.pose.max_batch == 10
    plain = join_networks(*networks, Thresholds(), batch_size=1, flip_test=False)
    assert plain.pose is plain.pose_in_views and plain.pose.max_batch == 8


@pytest.mark.parametrize(
    ("has_presence", "asked", "place_thr"),
    [(True, True, 1.0), (True, False, 0.6), (False, True, 0.6)],
)
def test_rivals_at_one_place_wait_for_presence_only(networks, has_presence, asked, place_thr):
    detector, pose = networks
    pose = with_presence(pose) if has_presence else pose
    pair = join_networks(detector, pose, Thresholds(place=0.6), presence=asked)
    assert pair.detector.place_thr == place_thr
    assert pair.presence is (has_presence and asked)


def test_one_network_alone(networks):
    detector, pose = networks
    boxes = join_networks(detector, None, Thresholds(0.4, 0.5))
    assert isinstance(boxes.detector, Detector) and boxes.pose is boxes.pose_in_views is None
    assert (boxes.detector.score_thr, boxes.detector.nms_thr) == (0.4, 0.5)
    assert join_networks(None, pose, Thresholds()).detector is None


def test_zoom_is_measured_on_the_longer_side_of_the_input(networks):
    pair = join_networks(*networks, Thresholds(), zoom=2)
    assert isinstance(pair.detector, ZoomedDetector)
    assert (pair.detector.zoom, pair.detector.network_side) == (2, 160)


def test_networks_of_two_taxonomies_are_refused(networks):
    detector, pose = networks

    class Other:
        spec = replace(detector.spec, taxonomy=replace(SURGICAL, name="others"))

    with pytest.raises(InputError, match="taxonomy 'others' .*, the pose model for 'surg"):
        join_networks(Other(), pose, Thresholds())


def test_a_one_stage_network_has_no_parts_to_zoom_into(tmp_path):
    models = Models(det_model="one.py", det_weights="one.pth")
    with pytest.raises(InputError, match="sees whole pictures; leave --zoom out"):
        open_networks(models, "cpu", Thresholds(), zoom=2)


def test_exported_networks_keep_their_precision(tmp_path):
    with pytest.raises(InputError, match="--precision fp16: exported models compute as they"):
        open_networks(Models(exported=tmp_path), None, Thresholds(), precision="fp16")


def test_a_pair_without_more_is_asked_the_same_in_views():
    pair = NetworkPair(None, np.zeros)
    assert pair.pose_in_views is None and not pair.presence


def with_spec(backend, beside=None, **changes):
    class Backend:
        spec = replace(backend.spec, **changes)

        def __call__(self, batch):
            return backend(batch)

    made = Backend()
    made.beside = beside
    return made


def test_a_second_detector_comes_with_the_first(networks):
    detector, pose = networks
    beside = Beside(detector, smallest=0.5, largest=0.6)
    pair = join_networks(with_spec(detector, beside), with_presence(pose), Thresholds(0.4, 0.5))
    assert isinstance(pair.detector, JoinedDetectors)
    assert pair.detector.second.backend is detector
    for part in (pair.detector.detector, pair.detector.second):
        assert (part.score_thr, part.nms_thr, part.place_thr) == (0.4, 0.5, 1.0)
    zoomed = join_networks(with_spec(detector, beside), pose, Thresholds(), zoom=2)
    assert isinstance(zoomed.detector.detector, JoinedDetectors)


@pytest.mark.parametrize(
    ("has_presence", "expected"), [(True, (0.12, False)), (False, (1.0, True))]
)
def test_what_a_detector_leaves_to_presence_needs_one(networks, has_presence, expected):
    detector, pose = networks
    pose = with_presence(pose) if has_presence else pose
    pair = join_networks(with_spec(detector, shown=0.12, several_views=False), pose, Thresholds())
    assert (pair.shown, pair.several_views) == expected
    assert pair.pose.flip_test is pair.several_views


@pytest.mark.parametrize(
    ("flip_test", "expected"), [(None, (True, 0.2)), (True, (True, 0.0)), (False, (False, 0.0))]
)
def test_crops_that_may_count_are_mirrored_where_pictures_are_seen_once(
    networks, flip_test, expected
):
    detector, pose = networks
    once = with_spec(detector, several_views=False, mirrored_from=0.2)
    pair = join_networks(once, with_presence(pose), Thresholds(), flip_test=flip_test)
    assert (pair.pose.flip_test, pair.pose.mirrored_from) == expected
    assert not pair.pose_in_views.flip_test


def test_low_boxes_are_shown_to_presence(networks):
    detector, pose = networks
    low = with_spec(detector, shown=0.12, several_views=False)
    predictor = Predictor.of_networks(low, with_presence(pose), Thresholds(0.35))
    assert predictor.thresholds.floor(ONE_VIEW) == predictor.thresholds.floor(FOUR_VIEWS) == 0.12
    assert not predictor.several_views
    usual = Predictor.of_networks(detector, with_presence(pose), Thresholds(0.35))
    assert usual.thresholds.floor(ONE_VIEW) == 0.35
    assert usual.thresholds.floor(FOUR_VIEWS) == pytest.approx(0.175)
    assert Thresholds(0.1, shown=0.12).floor(ONE_VIEW) == 0.1
