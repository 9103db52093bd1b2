"""The transforms of a pipeline stand in one file; a config gives the size and the codec."""

import pytest

from surgtools.configs import CONFIG_DIR
from surgtools.configs.pipelines import (
    box_pipelines,
    composed_pipelines,
    pose_pipelines,
    student_pipeline,
)


def names(pipeline):
    return [step["type"] for step in pipeline]


@pytest.mark.parametrize("step", ["RandomDegrade", "TopdownAffine", "Pad"])
def test_no_config_repeats_the_pipeline(step):
    assert [p.name for p in CONFIG_DIR.glob("*/*.py") if f'"{step}"' in p.read_text()] == []


def test_size_and_codec_reach_every_step_that_needs_them():
    codec = {"type": "UnionSimCC", "input_size": (288, 384)}
    train, test = pose_pipelines((288, 384), codec, use_udp=True)
    sized = [step for step in (*train, *test) if "input_size" in step]
    assert names(sized) == ["RandomPerspective", "TopdownAffine"]
    assert all(s["input_size"] == (288, 384) and s["use_udp"] for s in sized)
    (target,) = (step for step in train if step["type"] == "GenerateTarget")
    assert target["encoder"] == codec and target["encoder"] is not codec
    assert all("use_udp" not in step for step in pose_pipelines((1, 1), codec)[0])


def test_boxes_end_with_the_pack_that_was_asked_for():
    train, test = box_pipelines((64, 32), pack="Mine", annotations="raw_ann_info")
    assert names(train)[-1] == names(test)[-1] == "Mine"
    assert test[-1]["meta_keys"][-2:] == ("scale_factor", "raw_ann_info")
    assert train[1]["size"] == test[1]["scale"] == test[2]["size"] == (64, 32)


def test_the_student_of_low_resolution_sees_no_sharp_layer():
    train, _ = pose_pipelines((64, 64), {"type": "C"})
    steps = student_pipeline(train, "pose", (2, 4))
    assert steps[0]["layer_prob"] == 0.0 and steps[1]["factors"] == [2, 4]
    assert train[0]["layer_prob"] == 0.7, "what the network was trained with is left alone"
    assert steps[-2]["type"] == "PseudoLabelTrust"
    assert "PseudoLabelTrust" not in names(student_pipeline(train, "detector"))


def test_other_resolutions_take_the_place_of_those_of_the_training():
    train, _ = box_pipelines((64, 64))
    first = student_pipeline(train, "one_stage", (2, 4))
    for factors, shown in (((), [2, 4]), ((8,), [8])):
        again = student_pipeline(first, "one_stage", factors)
        steps = [step for step in again if step["type"] == "LowResolution"]
        assert [step["factors"] for step in steps] == [shown]


def test_a_student_sees_parts_of_whole_pictures_where_training_composed_them():
    train, test = composed_pipelines((384, 384), (640, 640), "empties")
    assert names(train)[0] == "ComposeFrame"
    steps = student_pipeline(train, "detector")
    assert names(steps)[:3] == ["LoadInstrumentImage", "RandomWarp", "RecomposeBackground"]
    assert names(steps)[3:] == names(train)[1:]
    assert steps[1]["size"] == (384, 384)
    assert steps[2]["folder"] == "empties"
    assert test[1] == {"type": "ShrinkToFit", "scale": (640, 640)}
