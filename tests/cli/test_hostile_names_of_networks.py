"""The commands with networks write below their output folder, whatever names they meet.

Names come from files on disk, annotation files, presets and the categories of a checkpoint.
"""

import json
import shutil

import cv2
import numpy as np
import pytest
import yaml

from surgtools.adaptation.labels.pair_proposer import PairProposer
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.predictor import Predictor, Thresholds
from surgtools.prediction.results import Instance
from surgtools.prediction.video_writer import VideoWriter
from surgtools.taxonomy import Category, Taxonomy

NAMES = {
    "up": "../outside/a",
    "far up": "../../../outside/a",
    "absolute": "{outside}/a",
    "backslashes": "..\\..\\outside\\a",
    "escaped": "%2e%2e%2foutside%2fa",
    "drive": "C:\\outside\\a",
    "link in the output": "way/a",
    "long": "n" * 250,
    "line": "a\nb",
}
ON_DISK = [kind for kind, name in NAMES.items() if "/" not in name]
"""What a file can be called."""


def file_named(place, kind: str, suffix: str):
    """A picture or video of this name in ``data/images``."""
    path = place.data / "images" / f"{NAMES[kind]}{suffix}"
    if suffix == ".mp4":
        with VideoWriter(place.data / "made.mp4", 25) as writer:
            writer.write(np.zeros((48, 64, 3), np.uint8))
        (place.data / "made.mp4").rename(path)
    else:
        cv2.imwrite(str(place.data / "made.png"), np.zeros((48, 64, 3), np.uint8))
        (place.data / "made.png").rename(path)
    return path


@pytest.fixture
def certain(monkeypatch):
    """Networks that find one instance of a category of this name in every picture."""

    def prepare(category: str) -> None:
        own = Taxonomy("own", (Category(1, category, ("tip",)),))
        box, one = np.array([4.0, 4, 40, 40]), np.ones(1)
        boxes = Boxes(box[None], one, np.ones(1, int))
        found = Instance(1, box, 0.9, np.full((1, 2), 20.0), one, one, taxonomy=own)
        networks = Predictor(
            lambda images, floor: [boxes for _ in images],
            lambda images, boxes: [[found] * len(each) for each in boxes],
            Thresholds(),
            taxonomy=own,
        )
        monkeypatch.setattr(Predictor, "open", lambda *_, **__: networks)
        monkeypatch.setattr(PairProposer, "of", lambda *_: networks)

    return prepare


@pytest.mark.parametrize("kind", NAMES)
def test_predict_and_the_categories_of_a_checkpoint(kind, place, certain):
    certain(NAMES[kind].format(outside=place.outside))
    words = ("predict", place.data / "images", "--out-dir", place.out, "--crop", "--format")
    assert place.run(*words, "coco", "--no-tta") in (0, 3)
    assert len(json.loads((place.out / "predictions.json").read_text())["instance_info"]) == 2


@pytest.mark.parametrize("suffix", [".png", ".mp4"])
@pytest.mark.parametrize("kind", ON_DISK)
def test_predict_and_the_names_of_files(kind, suffix, place, certain):
    certain("tweezers")
    file = file_named(place, kind, suffix)
    words = ("predict", file, "--out-dir", place.out, "--crop", "--no-tta", "--save-frames")
    assert place.run(*words) in (0, 3)  # 3: not drawn, but told
    assert len(json.loads((place.out / "predictions.json").read_text())["instance_info"]) == 1


@pytest.mark.parametrize("suffix", [".png", ".mp4"])
@pytest.mark.parametrize("kind", ON_DISK)
def test_suggest_and_the_names_of_files(kind, suffix, place, certain):
    certain(NAMES["up"])
    words = ("data", "suggest", file_named(place, kind, suffix), "--out-dir", place.out)
    assert place.run(*words) == 0
    (row,) = json.loads((place.out / "suggestions.json").read_text())
    assert (place.out / "images" / row["frame"]).is_file()


@pytest.mark.parametrize("kind", NAMES)
def test_suggest_and_frames_that_lie_there_already(kind, place, certain):
    certain("tweezers")
    words = ("data", "suggest", place.data / "images/a.jpg", "--out-dir", place.out)
    assert place.run(*words) == 0
    (place.out / "suggestions.json").unlink()
    frames = json.loads((place.out / "pool/frames.json").read_text())
    frames[0]["file_name"] = NAMES[kind].format(outside=place.outside)
    (place.out / "pool/frames.json").write_text(json.dumps(frames))
    assert place.run(*words) == 2
    assert not (place.out / "suggestions.json").exists()


@pytest.mark.parametrize("kind", ON_DISK)
def test_frames_of_a_video(kind, place):
    film = file_named(place, kind, ".mp4")
    assert place.run("data", "frames", film, "--out-dir", place.out) in (0, 2)
    joined = place.out / "joined.mp4"
    assert place.run("data", "video", place.data / "images", "--out", joined) in (0, 2)


POSE = "rtmpose-t_60e_instruments-256x256"


@pytest.mark.parametrize("name", ["../../../outside/a", "{outside}/a", "a\0"])
@pytest.mark.parametrize(
    "words",
    [
        ("init", "{data}", "--out", "{out}/init"),
        ("train", POSE, "--data", "{data}", "--work-dir", "{out}/work", "--epochs", "1"),
        ("test", "rtmpose-s_instruments", "--data", "{data}", "--out", "{out}/m.json"),
        ("test", "--models", "fast", "--data", "{data}", "--out", "{out}/m.json"),
        ("adapt", "{data}/images", "--out-dir", "{out}/a", "--source", "{data}", "--workers", "0"),
    ],
    ids=lambda words: words[0],
)
def test_data_sets_for_training_scoring_and_adaptation(words, name, place):
    place.coco(name.format(outside=place.outside) + ".jpg")
    for part in ("train", "val"):
        shutil.copytree(place.data / "images", place.data / part / "images")
        shutil.copy(place.data / "coco_keypoints.json", place.data / part)
    code = place.run(*(word.format(data=place.data, out=place.out) for word in words))
    assert code == 2 or words[0] == "init"  # which looks at no picture


@pytest.mark.parametrize("kind", ["up", "absolute", "drive"])
def test_generator_and_what_its_files_name(kind, place):
    name = NAMES[kind].format(outside=place.outside)
    preset = place.data / "preset.yaml"
    preset.write_text(yaml.safe_dump({"inherit": name}))
    assert place.run("generate", preset, "--out-dir", place.out, "--num", 1) == 2
    model = place.data / "model.yaml"
    model.write_text(yaml.safe_dump({"name": name, "mesh": f"{name}.stl"}))
    words = ("generate", "plain", "--out-dir", place.out, "--num", 1, "--instruments", model)
    assert place.run(*words) == 2


def test_export_of_files_with_hostile_names(place, random_models):
    named = dict(random_models)
    for key in ("det_weights", "pose2d_weights"):
        target = place.data / f"{NAMES['backslashes']}_{key}.pth"
        shutil.copy(named[key], target)
        named[key] = str(target)
    words = [
        word for key, value in named.items() for word in (f"--{key.replace('_', '-')}", value)
    ]
    assert place.run("export", "--out-dir", place.out / "onnx", *words) in (0, 1)
    assert (place.out / "onnx/meta.json").is_file()
