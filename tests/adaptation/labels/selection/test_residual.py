import cv2
import numpy as np
import pytest

from surgtools.adaptation.labels.selection.residual import MAX_RESIDUAL, fit_residual
from surgtools.camera import Camera
from surgtools.spatial.fit import Fitter
from surgtools.spatial.instrument_model import SpatialModel
from surgtools.taxonomy import SURGICAL

CAMERA = Camera(960, 544, 1000.0, 1000.0, 479.5, 271.5)
ONES = np.ones(5)


def points(opening: float) -> np.ndarray:
    turn = cv2.Rodrigues(np.array([0, 0, opening / 2]))[0]
    tip, handle = turn @ [-0.001, 0.045, 0], turn @ [0.02, -0.12, 0]
    flip = np.array([-1, 1, 1])
    return np.array([np.zeros(3), handle * flip, tip, handle, tip * flip])


@pytest.fixture(scope="module")
def fitters() -> dict[int, Fitter]:
    openings = np.linspace(0, 0.8, 9)
    names = SURGICAL.get(1).keypoints
    model = SpatialModel("needle_holder", names, openings, np.array([points(o) for o in openings]))
    return {1: Fitter(model, SURGICAL.get(1), CAMERA)}


def seen(opening: float = 0.3) -> np.ndarray:
    turn = cv2.Rodrigues(np.array([0.5, 0.2, 0.4]))[0]
    pixels = CAMERA.project(points(opening) @ turn.T + [0.0, 0.02, 0.5])
    return pixels[SURGICAL.get(1).order_sides(pixels)]


def residual(fitters, pixels: np.ndarray, category_id: int = 1) -> float:
    size = np.array([np.hypot(*np.ptp(pixels, axis=0))])
    return float(fit_residual(fitters, [category_id], [pixels], [ONES], [ONES], size)[0])


def test_what_the_instrument_can_show_leaves_little_over(fitters):
    assert residual(fitters, seen()) < 0.002
    noisy = seen() + np.random.default_rng(0).normal(0, 2, (5, 2))
    assert residual(fitters, noisy) < MAX_RESIDUAL / 2


def test_a_handle_elsewhere_is_seen_without_any_label(fitters):
    wrong = seen()
    wrong[1] += [90, 40]
    assert residual(fitters, wrong) > MAX_RESIDUAL


def test_what_has_no_model_is_not_asked(fitters):
    assert np.isnan(residual(fitters, seen(), category_id=2))
    assert fit_residual(fitters, [], [], [], [], np.zeros(0)).shape == (0,)
