import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.stage_clock import STAGES
from surgtools.prediction.stage_shares import measure_matrix_product, measure_stages


def test_stages_together_are_the_whole(toy, write_video):
    told = measure_stages(toy, write_video(frames=6, missing=(3,)), 5)
    crops, whole = told.pop("crops"), told.pop("all")
    assert whole["frames"] == 5
    assert crops == {"a frame": 0.8, "instances": 0.8}  # four of five frames show the square
    assert set(told) == set(STAGES) - {"presence"}  # the toy network has none
    assert 70 < sum(stage["share"] for stage in told.values()) <= 100.01
    assert sum(stage["ms"] for stage in told.values()) <= whole["ms"]


def test_pictures_are_measured_as_well(toy, draw_square, tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / "a.jpg"), draw_square())
    assert measure_stages(toy, tmp_path, 5)["all"]["frames"] == 1


def test_a_source_without_frames_is_said(toy, tmp_path):
    with pytest.raises(InputError, match="not one frame can be read"):
        measure_stages(toy, tmp_path, 5)


def test_the_product_of_matrices_has_a_rate():
    assert np.isfinite(measure_matrix_product(64, 2)) and measure_matrix_product(64, 2) > 1e6
