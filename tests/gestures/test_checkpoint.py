"""A checkpoint holds all that is needed."""

import pytest
import torch

from surgtools.errors import InputError
from surgtools.gestures.checkpoint import (
    GestureModel,
    GestureSettings,
    load_gesture_model,
    save_gesture_model,
)
from surgtools.gestures.model import GestureNetwork
from surgtools.gestures.seen_videos import read_seen_videos
from surgtools.taxonomy import SURGICAL

SMALL = {"channels": 8, "layers": 1, "stages": 1}


def settings():
    places = ["needle_holder", "tweezers"]
    return GestureSettings(SURGICAL.to_dict(), places, ["cut", "tie"], 5.0, False, SMALL, ["a"])


def test_round_trip_as_plain_data(clips, tmp_path):
    own = settings()
    config = own.model_config()
    config.pop("type")
    assert config["bones"][4:6] == [[5, 6], [6, 7]] and config["sizes"] == [5, 5]
    model = GestureModel(own, GestureNetwork(**config))
    path = tmp_path / "gestures.pth"
    save_gesture_model(path, model, {"seed": 0})
    torch.load(path, weights_only=True)
    again = load_gesture_model(path)
    assert again.settings == own and again.taxonomy == SURGICAL
    _, videos = read_seen_videos([clips / "predictions.json"])
    assert (again.probabilities(videos[0]) == model.probabilities(videos[0])).all()
    assert set(again.frame_labels(videos[0])) <= {"cut", "tie"}


def test_another_checkpoint_is_refused(tmp_path):
    path = tmp_path / "other.pth"
    torch.save({"state_dict": {"a": torch.zeros(1)}, "meta": {}}, path)
    with pytest.raises(InputError, match="is no network of gestures"):
        load_gesture_model(path)
