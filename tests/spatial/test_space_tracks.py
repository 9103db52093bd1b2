import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.spatial.space_files import opening_in_space, write_space_json, write_space_table
from surgtools.spatial.space_tracks import instruments_in_space
from surgtools.spatial.view_files import Moment, ViewFile
from surgtools.spatial.view_matching import Seen
from surgtools.taxonomy import SURGICAL

HOLDER = SURGICAL.get(1)


@pytest.fixture
def movie(rig, camera, placed):
    """Eight moments of a holder that moves 2 mm each, as every camera sees it."""

    def make(shift: float = 0.0, noise: float = 0.3):
        rng = np.random.default_rng(0)
        truth = [1000 * placed(camera) + [2.0 * n, 0, 0] for n in range(8)]
        views = []
        for number, own in enumerate(rig):
            moments = []
            for n in range(8):
                points = truth[n] + (number == 1) * np.array([0, shift, 0])
                pixels = own.project(points) + rng.normal(0, noise, (5, 2))
                seen = Seen(HOLDER, pixels[HOLDER.order_sides(pixels)], *np.ones((2, 5)))
                moments.append(Moment(n / 25, str(n), [seen]))
            views.append(ViewFile(Path(f"{own.name}.json"), SURGICAL, moments, True))
        return truth, views

    return make


def test_a_holder_is_followed_in_space(rig, movie):
    truth, views = movie()
    moments, doubts = instruments_in_space(rig, views)
    assert not doubts
    assert [[i.track_id for i in m.instances] for m in moments] == [[1]] * 8
    for points, moment in zip(truth, moments, strict=True):
        (instance,) = moment.instances
        assert np.linalg.norm(instance.points - points, axis=1).max() < 1.0
        assert 0 < np.median(instance.errors) < 1
        assert (0.1 < instance.stds).all() and (instance.stds < 5).all()
        assert instance.views == (0, 1, 2)


def test_views_that_do_not_fit_are_one_clear_line(rig, movie):
    _, views = movie(shift=60.0)
    with pytest.raises(
        InputError, match="left.json and right.json: 0 of 8 .* not of the same moments"
    ):
        instruments_in_space(rig[:2], views[:2])


def test_opening_and_gap_are_those_of_the_jaws(rig, movie):
    truth, views = movie(noise=0.0)
    (instance,) = instruments_in_space(rig, views)[0][0].instances
    opening, gap = opening_in_space(instance)
    assert gap == pytest.approx(np.linalg.norm(truth[0][2] - truth[0][4]), abs=0.01)
    assert opening == pytest.approx(2 * np.arcsin(gap / 2 / np.hypot(1, 45)), abs=1e-3)


def test_both_files_hold_the_same_points(rig, movie, tmp_path):
    moments, _ = instruments_in_space(rig, movie()[1])
    write_space_json(tmp_path / "space.json", moments, SURGICAL, {"rig": "rig.toml"})
    write_space_table(tmp_path / "space.csv", moments)
    content = json.loads((tmp_path / "space.json").read_text())
    with (tmp_path / "space.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 8 * 5
    tip = content["moments"][0]["instances"][0]["keypoints_mm"]["left_tip"]
    row = next(row for row in rows if row["keypoint"] == "left_tip")
    assert [float(row[f"{axis}_mm"]) for axis in "xyz"] == tip
    std = content["moments"][0]["instances"][0]["std_mm"]["left_tip"]
    assert float(row["std_mm"]) == std > 0
    assert content["meta_info"]["units"].startswith("mm")


def test_a_model_that_fits_gives_points_and_opening(rig, movie, model):
    truth, views = movie(noise=0.5)
    alone, _ = instruments_in_space(rig[:2], views[:2])
    known, doubts = instruments_in_space(rig[:2], views[:2], models=[model])
    errors = [
        np.mean(
            [np.linalg.norm(m.instances[0].points - t) for m, t in zip(run, truth, strict=True)]
        )
        for run in (alone, known)
    ]
    assert doubts == [] and errors[1] < 0.8 * errors[0]
    assert known[0].instances[0].opening == pytest.approx(0.3, abs=0.02)


def test_a_model_of_another_instrument_is_told_of_and_not_used(rig, movie, model):
    _, views = movie()
    longer = replace(model, points=model.points * [1.0, 1.25, 1.0], path="longer.json")
    alone, _ = instruments_in_space(rig[:2], views[:2])
    known, doubts = instruments_in_space(rig[:2], views[:2], models=[longer])
    np.testing.assert_array_equal(known[3].instances[0].points, alone[3].instances[0].points)
    assert known[3].instances[0].opening is None and known[3].instances[0].misfit > 1
    assert doubts[0].startswith("longer.json: 0 of 8 needle_holder fit it")


def test_a_rig_that_is_hardly_in_millimeters_is_told_of(rig, movie):
    _, views = movie()
    meters = [replace(camera, shift=camera.shift / 1000) for camera in rig]
    _, doubts = instruments_in_space(meters, views)
    assert len(doubts) == 1
    assert re.match(
        r"instruments are 0\.1\d* mm long at the median; is the rig in mill", doubts[0]
    )
    assert instruments_in_space(rig, views)[1] == []


def test_a_model_of_no_category_of_the_views_is_refused(rig, movie, model):
    with pytest.raises(InputError, match="is a model of clamp; the networks find"):
        instruments_in_space(rig, movie()[1], models=[replace(model, category="clamp")])
