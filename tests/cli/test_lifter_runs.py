"""A lifter from labels to its score, by the commands."""

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.camera import Camera
from surgtools.cli import main
from surgtools.files import read_json

torch = pytest.importorskip("torch")

CONFIG = "configs/lifting/tcn_80e_instruments.py"
CAMERA = Camera(640, 480, 800.0, 800.0, 319.5, 239.5)
POINTS = {
    1: np.array([[0, 0, 0], [-2, 10, 0], [-1, -5, 1], [2, 10, 0], [1, -5, 1]]) / 100,
    2: np.array([[0, 8, 0], [-1, 0, 1], [-0.5, -6, 0], [1, 0, 1], [0.5, -6, 0]]) / 100,
}


@pytest.fixture(scope="module")
def layouts(tmp_path_factory):
    """What `generate --labels-only` writes, of two rigid instruments."""
    root = tmp_path_factory.mktemp("layouts")
    rng = np.random.default_rng(0)
    for part, count in (("train", 24), ("val", 8)):
        builder = CocoBuilder()
        for number in range(count):
            own = {key: CAMERA.to_dict()[key] for key in ("fx", "fy", "cx", "cy")}
            image = builder.add_image(f"{number}.jpg", 640, 480, camera=own)
            category = 1 + number % 2
            turn = cv2.Rodrigues(rng.normal(0, 0.4, 3))[0]
            points = POINTS[category] @ turn.T + [0, 0, 0.5]
            keypoints = np.column_stack([CAMERA.project(points), np.full(5, 2)])
            builder.add_annotation(
                image, category, keypoints, [100, 100, 200, 200], keypoints_3d=points.tolist()
            )
        (root / part).mkdir()
        builder.write(root / part / "coco_keypoints.json")
    return root


@pytest.fixture(scope="module")
def trained(layouts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lifter")
    words = ["train", CONFIG, "--data", str(layouts), "--work-dir", str(folder), "--seed", "1"]
    assert main([*words, "--epochs", "2"]) == 0
    return folder


def test_test_prints_millimeters_and_writes_them(trained, layouts, tmp_path, capsys):
    checkpoint = next(trained.glob("best_MPJPE_*.pth"))
    words = ["test", CONFIG, str(checkpoint), "--data", str(layouts), "--work-dir", str(tmp_path)]
    assert main(words) == 0
    value = read_json(tmp_path / "metrics.json")["lifting_mm"]["MPJPE"]
    assert f"MPJPE {value:.2f} mm" in capsys.readouterr().out
    assert 0 < value < 1000

    from surgtools.spatial.lifter import Lifter

    lifter, errors = Lifter(trained), []
    for row in read_json(layouts / "val/coco_keypoints.json")["annotations"]:
        points = 1000 * np.array(row["keypoints_3d"])
        length = np.linalg.norm(points[:, None] - points[None], axis=2).max()
        keypoints = np.array(row["keypoints"]).reshape(-1, 3)[:, :2]
        found = lifter(row["category_id"], keypoints, CAMERA, length)
        errors.append(np.linalg.norm(found - (points - points[0]), axis=1)[1:])
    assert np.mean(errors) == pytest.approx(value, rel=1e-3)


def test_what_a_lifter_cannot_do_is_one_line(trained, layouts, tmp_path, capsys):
    checkpoint = str(next(trained.glob("best_MPJPE_*.pth")))
    words = ["test", CONFIG, checkpoint, "--data", str(layouts), "--work-dir", str(tmp_path)]
    assert main([*words, "--dump", "found.json"]) == 2
    assert "--dump: a lifter looks at no picture" in capsys.readouterr().err
    assert main(["predict", str(tmp_path), "--models", str(trained)]) == 2
    assert "holds a lifter, which looks at no picture" in capsys.readouterr().err


def test_labels_without_space_are_refused_before_training(drawn_dataset, tmp_path, capsys):
    words = ["train", CONFIG, "--data", str(drawn_dataset), "--work-dir", str(tmp_path)]
    assert main(words) == 2
    error = capsys.readouterr().err
    assert "image 1 has no camera with fx" in error and error.count("\n") == 1
