import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.predictions_file import PredictionsFile
from surgtools.prediction.results import FrameResult, Instance
from surgtools.schemas import load_schema
from surgtools.spatial.fit import Fitter
from surgtools.spatial.space import Space
from surgtools.spatial.space_csv import tip_names, write_space_csv
from surgtools.taxonomy import SURGICAL, Taxonomy


def frame(camera, truth, number=0, category_id=1, track_id=1) -> FrameResult:
    seen = camera.project(truth)
    box = np.concatenate([seen.min(axis=0), seen.max(axis=0)])
    instance = Instance(category_id, box, 0.9, seen, np.ones(5), np.ones(5), track_id)
    size = camera.width, camera.height
    return FrameResult("a.mp4", "video", *size, [instance], number, number / 25, number, None, "a")


def test_tips_opening_and_gap_in_millimeters(model, camera, placed):
    truth = placed(camera)
    spatial = Space(camera, [model], SURGICAL).measure(frame(camera, truth)).instances[0].spatial
    poses = [spatial, spatial.get("second", spatial)]
    errors = [np.abs(np.array(p["tips_mm"]["left_tip"]) - 1000 * truth[2]).max() for p in poses]
    assert min(errors) < 0.5
    assert spatial["opening_deg"] == pytest.approx(np.degrees(0.3), abs=0.3)
    assert np.linalg.eigvalsh(spatial["covariance_mm2"]["right_tip"]).min() > 0


def test_without_a_camera_there_are_ratios_and_the_record_says_so(camera, placed):
    space = Space()
    spatial = space.measure(frame(camera, placed(camera))).instances[0].spatial
    assert set(spatial) == {"opening_shown_deg", "gap_per_length"}
    assert "no millimeters" in space.to_record()["units"]


def test_depth_of_a_track_is_steadier_than_that_of_its_frames(model, camera, placed):
    rng, truth = np.random.default_rng(0), placed(camera)
    depths = {}
    for smooth in (False, True):
        space, rng = Space(camera, [model], SURGICAL, smooth), np.random.default_rng(0)
        found = []
        for number in range(30):
            result = frame(camera, truth, number)
            noisy = result.instances[0].keypoints + rng.normal(0, 1.0, (5, 2))
            result = result.changed(instances=[result.instances[0].changed(keypoints=noisy)])
            found.append(space.measure(result).instances[0].spatial["tips_mm"]["left_tip"][2])
        depths[smooth] = np.std(found[10:])
    assert depths[True] < 0.6 * depths[False]


def test_the_gap_of_a_track_is_that_of_its_opening(model, camera, placed):
    space, fitter = Space(camera, [model], SURGICAL), Fitter(model, SURGICAL.get(1), camera)
    openings = [0.3, 0.3, 0.3, 0.5]  # a step, behind which the smoothed opening stays
    for number, opening in enumerate(openings):
        shown = frame(camera, placed(camera, opening=opening), number)
        spatial = space.measure(shown).instances[0].spatial
        expected = 1000 * fitter.gap_at(np.radians(spatial["opening_deg"]))
        assert spatial["gap_mm"] == pytest.approx(expected, abs=0.05)
    assert spatial["opening_deg"] < np.degrees(0.5) - 1


def test_a_track_that_goes_on_with_the_less_likely_pose_says_that_it_may_be_the_other(
    model, camera, placed
):
    truth = placed(camera) + [0, 0, 1.0]  # from afar both fit
    _, other = Fitter(model, SURGICAL.get(1), camera)(
        camera.project(truth), np.ones(5), np.ones(5)
    )
    space = Space(camera, [model], SURGICAL, smooth=False)
    space.measure(frame(camera, other.points, 0))
    spatial = space.measure(frame(camera, truth, 1)).instances[0].spatial
    assert spatial["probability"] < 0.5 < spatial["second"]["probability"]
    for tip, spread in spatial["covariance_mm2"].items():
        apart = np.subtract(spatial["second"]["tips_mm"][tip], spatial["tips_mm"][tip])
        # A covariance of at least q times apart x apart has this at 1 / q or below.
        off = apart @ np.linalg.solve(spread, apart)
        assert off < 1.01 / spatial["second"]["probability"]


def test_what_no_pose_shows_has_no_millimeters_and_leaves_its_track_alone(model, camera, placed):
    truth, space = placed(camera), Space(camera, [model], SURGICAL)
    right = space.measure(frame(camera, truth)).instances[0].spatial
    shown = frame(camera, truth, 1)
    aside = np.array([[480.0, 200], [300, 420], [700, 400], [640, 420], [720, 420]])  # the tips
    wrong = shown.instances[0].changed(keypoints=aside)
    spatial = space.measure(shown.changed(instances=[wrong])).instances[0].spatial
    assert spatial["tips_mm"] is None and "opening_deg" not in spatial
    after = space.measure(frame(camera, truth, 2)).instances[0].spatial
    assert after["tips_mm"]["left_tip"] == pytest.approx(right["tips_mm"]["left_tip"], abs=0.5)


def test_a_second_find_of_an_instrument_has_no_millimeters(model, camera, placed):
    space, shown = Space(camera, [model], SURGICAL), frame(camera, placed(camera))
    one = shown.instances[0]
    again = one.changed(keypoints=one.keypoints + [[4, -3], [0, 3], [-3, 0], [2, 2], [0, -4]])
    again = again.changed(track_id=2)
    found = space.measure(shown.changed(instances=[again, one])).instances
    assert [i.spatial["tips_mm"] is None for i in found] == [True, False]
    alone = space.measure(shown.changed(instances=[again])).instances[0]
    assert alone.spatial["tips_mm"] is not None


def test_a_new_video_forgets_the_tracks(model, camera, placed):
    near, far = placed(camera), placed(camera) + [0, 0, 0.2]
    space = Space(camera, [model], SURGICAL)
    space.measure(frame(camera, near))
    other = space.measure(replace(frame(camera, far, 1), stem="b")).instances[0].spatial
    alone = Space(camera, [model], SURGICAL).measure(frame(camera, far)).instances[0].spatial
    assert other["tips_mm"] == alone["tips_mm"]


def test_a_model_of_another_category_is_refused(model, camera):
    tweezers = Taxonomy("mine", (SURGICAL.get(2),))
    with pytest.raises(InputError, match="model of needle_holder; the networks find tweezers"):
        Space(camera, [model], tweezers)
    with pytest.raises(InputError, match="a second model of needle_holder; give one"):
        Space(camera, [model, model], SURGICAL)


def test_a_picture_of_another_size_is_refused(model, camera, placed):
    result = replace(frame(camera, placed(camera)), width=1920, height=1088)
    with pytest.raises(InputError, match="a.mp4: is 1920x1088, the camera file is for 960x544"):
        Space(camera, [model], SURGICAL).measure(result)


def test_files_hold_what_was_measured(model, camera, placed, tmp_path):
    space = Space(camera, [model], SURGICAL)
    file = PredictionsFile(tmp_path / "p.json", {}, {"spatial": space.to_record()})
    for number in range(2):
        file.write(space.measure(frame(camera, placed(camera) + [0, 0, 0.3], number)))
    tweezers = frame(camera, placed(camera), 2, category_id=2)
    file.write(space.measure(tweezers))
    file.close([])
    content = json.loads((tmp_path / "p.json").read_text())
    jsonschema.validate(content, load_schema("predictions"))
    assert tip_names(tmp_path / "p.json") == ["left_tip", "right_tip"]
    write_space_csv(tmp_path / "p.json", tmp_path / "m.csv")
    header, first, _, last = (tmp_path / "m.csv").read_text().splitlines()
    row = dict(zip(header.split(","), first.split(","), strict=True))
    spatial = content["instance_info"][0]["instances"][0]["spatial"]
    assert float(row["left_tip_z_mm"]) == spatial["tips_mm"]["left_tip"][2]
    assert float(row["left_tip_std_z_mm"]) > float(row["left_tip_std_x_mm"]) > 0
    assert last.startswith("a.mp4,2,0.08,tweezers,1,0.9,,,,,,,")
