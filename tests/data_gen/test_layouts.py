"""Layouts without pictures: the labels are those of the scene that would be rendered."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data_gen.assets import Assets
from data_gen.layouts import label_layout
from data_gen.presets import load_preset, to_namespace
from data_gen.scene import sample_scene
from surgtools.annotations.coco import load_coco
from surgtools.camera import Camera
from surgtools.files import read_json

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def preset():
    return to_namespace(load_preset("tabletop"))


def test_a_layout_is_that_of_the_scene_of_the_same_seed(preset):
    image, annotations = label_layout([5, 0, 3], preset, Assets())
    scene = sample_scene(np.random.default_rng([5, 0, 3]), preset, Assets())
    assert annotations and len(annotations) == len(scene.instruments)
    assert image["camera"] == scene.camera.to_dict()
    for own, body in zip(annotations, scene.instruments, strict=True):
        points = scene.to_camera(body.keypoints_world())
        assert np.sort(own["keypoints_3d"], axis=0) == pytest.approx(
            np.sort(points, axis=0), abs=2e-6
        )
        assert own["category_id"] == body.category_id and "segmentation" not in own


def test_points_in_space_are_seen_where_the_keypoints_are(preset):
    image, annotations = label_layout([5, 0, 4], preset, Assets())
    camera = Camera(image["width"], image["height"], **image["camera"])
    for own in annotations:
        keypoints = np.array(own["keypoints"])
        inside = keypoints[:, 2] == 2
        assert camera.project(own["keypoints_3d"])[inside] == pytest.approx(
            keypoints[inside, :2], abs=0.02
        )


def test_a_run_writes_labels_and_no_picture_and_goes_on(tmp_path):
    def run(num: int) -> None:
        request = {
            "task": "frames", "preset": "tabletop", "out": str(tmp_path), "num": num,
            "workers": 1, "shard": [1, 1], "models": [], "labels_only": True,
        }  # fmt: skip
        words = [sys.executable, "-m", "data_gen", json.dumps(request)]
        done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    run(2)
    first = read_json(tmp_path / "train/.frames/000001.json")
    run(3)
    content = load_coco(tmp_path / "train/coco_keypoints.json")
    assert [image["file_name"] for image in content["images"]] == [
        "000000.jpg",
        "000001.jpg",
        "000002.jpg",
    ]
    assert read_json(tmp_path / "train/.frames/000001.json") == first
    assert not list(tmp_path.rglob("*.jpg")) and not list(tmp_path.rglob("card.html"))
    assert content["annotations"][0]["keypoints_3d"]
