"""Erased frames hold background only, and what is found there counts."""

import numpy as np

from surgtools.adaptation.frames.background_probes import erase, hits_on_background
from surgtools.adaptation.labels.proposals import propose
from surgtools.prediction.results import Instance


def picture() -> np.ndarray:
    image = np.full((100, 120, 3), 120, np.uint8)
    image[40:60, 30:90] = 250
    return image


def instance(box=(30, 40, 90, 60)) -> Instance:
    ones = np.ones(5)
    return Instance(1, np.array(box, float), 0.9, np.zeros((5, 2)), ones, ones)


def test_erased_place_looks_like_its_surroundings():
    erased = erase(picture(), np.array([(30, 40, 90, 60)]))
    assert np.abs(erased[40:60, 30:90].astype(int) - 120).max() < 20
    np.testing.assert_array_equal(erased[:20], picture()[:20])


def test_nothing_to_erase_and_nothing_left():
    np.testing.assert_array_equal(erase(picture(), np.zeros((0, 4))), picture())
    assert erase(picture(), np.array([(0, 0, 119, 99)])) is None


def test_boxes_outside_the_picture_erase_nothing():
    outside = [(-60, 40, -30, 60), (30, -50, 90, -30), (150, 40, 190, 60), (30, 140, 90, 160)]
    np.testing.assert_array_equal(erase(picture(), np.array(outside)), picture())


def see_bright(images):
    """Reports an instrument where there is something bright."""
    return [[instance()] if image.max() > 200 else [] for image in images]


def see_everywhere(images):
    return [[instance()] for _ in images]


def test_hits_tell_seeing_from_making_up(answering):
    def read(index):
        return picture()

    order = list(range(20))
    found = [propose(read, order, answering(see_bright), views=())]
    assert len(found[0]) == 20
    assert hits_on_background(read, order, found, answering(see_bright)).tolist() == [False] * 20
    assert (
        hits_on_background(read, order, found, answering(see_everywhere)).tolist() == [True] * 20
    )
    assert hits_on_background(read, [], found, answering(see_everywhere)).shape == (0,)
