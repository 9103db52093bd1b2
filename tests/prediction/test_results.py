import json

import jsonschema
import numpy as np
import pytest

from surgtools.errors import InputError
from surgtools.prediction.results import FrameResult, Instance
from surgtools.schemas import load_schema


@pytest.fixture
def instance() -> Instance:
    return Instance(
        category_id=2,
        bbox=np.array([10.0, 20.0, 40.0, 60.0]),
        bbox_score=0.5,
        keypoints=np.arange(10.0).reshape(5, 2),
        keypoint_scores=np.array([1, 0.8, 0.6, 0.4, 0.2]),
        keypoint_visible=np.array([1, 1, 0, 0, 0.25]),
        track_id=3,
    )


def test_json_round_trip_keeps_every_field(instance):
    again = Instance.from_json(json.loads(json.dumps(instance.to_json())))
    assert again.to_json() == instance.to_json()
    assert again.category_name == "tweezers"
    assert again.track_id == 3


def test_coco_result_has_xywh_and_fused_score(instance):
    entry = FrameResult("a.jpg", "image", 100, 80, [instance], image_id=7).to_coco()[0]
    assert entry["image_id"] == 7
    assert entry["bbox"] == [10, 20, 30, 40]
    # mean keypoint score (1 + 0.8 + 0.6 + 0.4 + 0.2) / 5 = 0.6, times the box score 0.5
    assert entry["score"] == pytest.approx(0.3)
    assert entry["keypoints"][:6] == [0, 1, 1, 2, 3, 0.8]


def test_coco_without_image_id_says_what_to_do(instance):
    with pytest.raises(InputError, match="a.jpg: COCO results need an image_id"):
        FrameResult("a.jpg", "image", 100, 80, [instance]).to_coco()


def test_empty_frame_is_a_result():
    frame = FrameResult("a.jpg", "image", 100, 80, image_id=1)
    assert frame.to_coco() == []
    assert frame.to_json()["instances"] == []
    assert len(frame) == 0


def test_frames_fit_the_schema(instance):
    schema = load_schema("predictions")
    entry_schema = {"$ref": "#/$defs/frame", "$defs": schema["$defs"]}
    video = FrameResult("a.mp4", "video", 100, 80, [instance], frame_id=0, time_s=0.0, image_id=1)
    jsonschema.validate(video.to_json(), entry_schema)
    broken = video.to_json() | {"instances": [instance.to_json() | {"bbox": [1, 2, 3]}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, entry_schema)


def test_supervision_is_asked_for_by_name_when_absent(instance, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(InputError, match="pip install supervision"):
        FrameResult("a.jpg", "image", 100, 80, [instance]).to_supervision()
