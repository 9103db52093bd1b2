"""Losses are counted, and foreign categories become instruments."""

from pathlib import Path

from surgtools.annotations.convert.dataset_parts import DatasetPart, Losses, scalar_extras
from surgtools.annotations.convert.foreign_categories import new_builder, to_instruments
from surgtools.metainfo import INSTRUMENTS


def test_fields_a_format_does_not_name_are_losses(content):
    content["images"][0]["camera"] = {"fx": 1}
    content["annotations"][0].update(pose=[[1]], opening_angle=0.5)
    losses = Losses()
    part = DatasetPart("train", content, Path())
    losses.fields([part], ("video_id", "frame_id"), ("track_id",), scalars=True)
    assert losses.lines() == ["annotations[].pose (1 x)", "images[].camera (1 x)"]
    losses.add("nothing", 0)
    assert len(losses.lines()) == 2


def test_scalar_extras_are_what_coco_does_not_define():
    annotation = {"id": 1, "bbox": [1], "track_id": 3, "score": 0.5, "pose": [1], "iscrowd": 0}
    assert scalar_extras(annotation, without=("score",)) == {"track_id": 3}
    assert scalar_extras({"iscrowd": 1}) == {"iscrowd": 1}


def test_known_categories_become_metainfo_and_foreign_ones_keep_their_names():
    found = to_instruments([i.to_category() for i in INSTRUMENTS])
    assert list(found.values()) == list(INSTRUMENTS)
    clamp = {"id": 5, "name": "clamp", "keypoints": ["left_jaw", "right_jaw", "pin"]}
    foreign = to_instruments([{**clamp, "skeleton": [[3, 1]]}])[5]
    assert foreign.flip_indices == [1, 0, 2]
    assert foreign.skeleton == (("pin", "left_jaw"),)
    assert to_instruments([{**clamp, "skeleton": [[0, 1]]}])[5].skeleton == ()


def test_builder_holds_all_of_metainfo_when_one_label_is_known():
    builder, ids = new_builder({"clamp": ["pin"], "tweezers": []}, {})
    assert ids == {"needle_holder": 1, "tweezers": 2, "clamp": 3}
    assert builder.instruments[3].keypoints == ("pin",)
    assert new_builder({"clamp": ["pin"]}, {})[1] == {"clamp": 1}
