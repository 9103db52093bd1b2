import numpy as np
import pytest

from surgtools.spatial.track_rows import categories_without_tips, track_rows
from surgtools.taxonomy import SURGICAL

TWEEZERS = SURGICAL.get("tweezers")
META = {"categories": SURGICAL.to_coco_categories()}
PIXELS = [[0, 0], [1, 1], [2, 2], [3, 3], [4, 4]]


def predictions(*spatials):
    """A track of a frame a second."""
    frames = [
        {
            "video": "a.mp4",
            "time_s": float(n),
            "instances": [
                {"category_name": "tweezers", "track_id": 1, "keypoints": PIXELS, "spatial": own}
            ],
        }
        for n, own in enumerate(spatials)
    ]
    return {"meta_info": META, "instance_info": frames}


def test_a_track_with_millimeters_has_no_row_without_them():
    tips = {"left_tip": [0, 0, 100], "right_tip": [1, 0, 100]}
    spreads = {name: np.diag([1.0, 1.0, 25.0]).tolist() for name in tips}
    found = {"tips_mm": tips, "covariance_mm2": spreads, "opening_deg": 3.0, "gap_mm": 1.0}
    (row,) = track_rows(predictions({"tips_mm": None, "opening_shown_deg": 4.0}, found))
    assert (row["unit"], row["time_s"], row["opening"], row["gap"]) == ("mm", 1.0, 3.0, 1.0)
    assert row["tips"] == tips and row["std"] == 5


def test_a_track_without_millimeters_is_in_pixels():
    shown = {"opening_shown_deg": 4.0, "gap_per_length": 0.1}
    rows = list(track_rows(predictions(shown, {"tips_mm": None, **shown})))
    assert [row["unit"] for row in rows] == ["px", "px"]
    assert rows[0]["tips"] == {"left_tip": [2, 2], "right_tip": [4, 4]}
    assert rows[0]["opening"] == 4.0 and rows[0]["gap"] == 0.1 and rows[0]["std"] is None


def test_a_moment_of_space_has_millimeters():
    places = {name: [float(n), 0.0, 9.0] for n, name in enumerate(TWEEZERS.keypoints)}
    entry = {
        "category_name": "tweezers",
        "track_id": 4,
        "opening_deg": 2.0,
        "gap_mm": 2.0,
        "keypoints_mm": places,
        "std_mm": {name: float(n) for n, name in enumerate(TWEEZERS.keypoints)},
    }
    lost = {**entry, "keypoints_mm": {**places, "left_tip": None}}
    moments = [{"time_s": 0.0, "instances": [entry]}, {"time_s": 1.0, "instances": [lost]}]
    (row,) = track_rows({"meta_info": META, "moments": moments})
    assert row["tips"] == {"left_tip": [2, 0, 9], "right_tip": [4, 0, 9]}
    assert (row["source"], row["unit"], row["std"]) == ("rig", "mm", 4.0)


def test_categories_without_tips_are_those_of_tracks():
    content = predictions({})
    jaws = [{**own, "keypoints": ["joint", "jaw"]} for own in META["categories"]]
    content["meta_info"] = {"categories": jaws}
    assert categories_without_tips(content, ()) == {"tweezers": ["joint", "jaw"]}
    assert categories_without_tips(content, {"tweezers"}) == {}


def test_another_file_has_no_rows():
    with pytest.raises((KeyError, TypeError, AttributeError)):
        list(track_rows({"images": []}))
