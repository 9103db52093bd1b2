"""From annotations of made-up categories to predictions without torch, by commands alone.

Three categories of 2, 0 and 7 keypoints with ids 7, 3 and 90 in that order; a fourth is in
validation only. Nothing is learned in two iterations: what is asked is that every step goes on
from the one before, and that each names the same categories.
"""

import json
import subprocess
import sys

import cv2
import numpy as np
import onnxruntime  # noqa: F401  (before torch is hidden)
import pytest

import surgtools.register  # noqa: F401
from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.cli import main
from surgtools.files import read_json
from surgtools.prediction.estimators import Boxes
from surgtools.prediction.models import Models
from surgtools.prediction.predictor import Predictor
from surgtools.prediction.thresholds import Thresholds
from surgtools.taxonomy import SURGICAL, Category, Taxonomy
from surgtools.taxonomy.files import read_taxonomy

pytestmark = pytest.mark.slow

SHARED = (
    Category(7, "pin", ("left_end", "right_end"), skeleton=(("left_end", "right_end"),)),
    Category(3, "plate"),
    Category(90, "star", tuple(f"ray_{i}" for i in range(7))),
)
HOOK = Category(12, "hook", ("eye", "bend", "point"))
ALL = Taxonomy("made_up", (*SHARED, HOOK))

WITHOUT_TORCH = (
    "import sys; sys.modules['torch'] = None\n"
    "from surgtools.cli import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


def write_split(folder, categories, seed):
    """Four pictures with one blob of every category each."""
    rng = np.random.default_rng(seed)
    (folder / "images").mkdir(parents=True)
    images, rows = [], []
    for number in range(1, 5):
        picture = np.full((120, 160, 3), 60, np.uint8)
        for category in categories:
            x, y = rng.uniform(5, 70, 2)
            low, high = np.array([x, y]), np.array([x + 45, y + 40])
            points = rng.uniform(low, high, (category.num_keypoints, 2))
            cv2.rectangle(picture, low.astype(int), high.astype(int), (90, 160, 90), -1)
            for point in points:
                cv2.circle(picture, point.astype(int), 3, (255, 255, 255), -1)
            keypoints = np.column_stack([points, np.full(len(points), 2)]).ravel().tolist()
            row = {"id": len(rows) + 1, "image_id": number, "category_id": category.id}
            box = {"bbox": [x, y, 45.0, 40.0], "area": 1800.0, "iscrowd": 0}
            if category.keypoints:
                row |= {"keypoints": keypoints, "num_keypoints": category.num_keypoints}
            rows.append(row | box)
        cv2.imwrite(str(folder / f"images/{number}.png"), picture)
        images.append({"id": number, "file_name": f"{number}.png", "width": 160, "height": 120})
    tables = {"images": images, "annotations": rows}
    tables["categories"] = [category.to_category() for category in categories]
    (folder / "coco_keypoints.json").write_text(json.dumps(tables))


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The folder in which every command of the chain has ended with 0."""
    root = tmp_path_factory.mktemp("made_up")
    data, start, models = root / "data", root / "start", root / "start/work"
    write_split(data / "train", SHARED, 0)
    write_split(data / "val", (*SHARED, HOOK), 1)
    small = ["--epochs", "1", "--cfg-options"]
    small += [
        f"{part}_dataloader.{key}"
        for part in ("train", "val")
        for key in ("num_workers=0", "persistent_workers=False")
    ]
    where = ["--data", data, "--taxonomy", start / "taxonomy.yaml"]
    predict = ["--bbox-thr", "0", "--no-tta", "--no-flip-test"]
    pictures = data / "val/images/1.png"  # untrained networks box hundreds of places
    for argv in (
        ["data", "check", *(data / part / "coco_keypoints.json" for part in ("train", "val"))],
        ["data", "taxonomy", data, "--out", root / "taxonomy.yaml"],
        ["init", data, "--out", start],
        *(
            ["train", start / f"{part}.py", *where, "--work-dir", models / part, *small]
            for part in ("detector", "pose")
        ),
        ["test", "--models", models, "--data", data, "--no-tta", "--bootstrap", "0"]
        + ["--work-dir", root / "test"],
        ["predict", pictures, "--models", models, "--out-dir", root / "found", *predict],
        ["export", "--models", models, "--out-dir", root / "onnx"],
    ):
        assert main([str(word) for word in argv]) == 0, argv
    argv = ["predict", pictures, "--models", root / "onnx", "--out-dir", root / "again", *predict]
    command = [sys.executable, "-c", WITHOUT_TORCH, *map(str, argv)]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return root


def test_categories_keep_ids_order_and_keypoints(done):
    for path in (done / "taxonomy.yaml", done / "start/taxonomy.yaml"):
        read = read_taxonomy(path)
        assert [own.id for own in read.categories] == [7, 3, 90, 12]
        assert [own.num_keypoints for own in read.categories] == [2, 0, 7, 3]
    assert read.get("pin").swaps == (("left_end", "right_end"),)


def test_every_category_is_scored_and_a_box_only_as_a_box(done):
    report = read_json(done / "test/metrics.json")
    assert list(report["boxes"]["categories"]) == ["pin", "plate", "star", "hook"]
    keypoints = report["keypoints_gt_boxes"]["categories"]
    assert list(keypoints) == ["pin", "star", "hook"]
    assert report["counts"]["instances"] == {"pin": 4, "plate": 4, "star": 4, "hook": 4}


def test_predictions_carry_the_taxonomy_with_and_without_torch(done):
    files = [read_json(done / name / "predictions.json") for name in ("found", "again")]
    known = find_taxonomy(done / "data")[0]
    wanted = {own.id: own for own in ALL.categories}
    for content in files:
        assert content["meta_info"]["categories"] == known.to_coco_categories()
        rows = [row for frame in content["instance_info"] for row in frame["instances"]]
        assert rows
        for row in rows:
            own = wanted[row["category_id"]]
            assert (row["category_name"], len(row["keypoints"])) == (own.name, own.num_keypoints)
    first, again = ([len(f["instances"]) for f in content["instance_info"]] for content in files)
    assert first == again


def test_two_taxonomies_answer_in_one_process(done):
    picture = cv2.imread(str(done / "data/val/images/1.png"))

    def box_of(category_id):
        xyxy = np.array([[20.0, 20, 90, 80]], np.float32)
        return [Boxes(xyxy, np.array([0.9], np.float32), np.array([category_id]))]

    def answer(predictor, category_id):
        (instance,) = predictor.predict_view([picture], box_of(category_id))[0]
        return instance.to_json()

    fast = Predictor.open(Models.find("fast"), "cpu", Thresholds(0.0))
    before = answer(fast, 2)
    own = Predictor.open(Models.find(done / "start/work"), "cpu", Thresholds(0.0))
    assert [category.id for category in own.taxonomy.categories] == [7, 3, 90, 12]
    assert fast.taxonomy == SURGICAL, "a checkpoint without a taxonomy is of the two instruments"
    names = [(answer(own, i)["category_name"], len(answer(own, i)["keypoints"])) for i in (7, 3)]
    assert names == [("pin", 2), ("plate", 0)]
    assert answer(fast, 2) == before and before["category_name"] == "tweezers"


def test_a_checkpoint_of_the_built_in_taxonomy_is_refused_on_this_data(done, capsys):
    data = done / "data"
    assert main(["test", "--models", "fast", "--data", str(data)]) == 2
    error = capsys.readouterr().err
    assert "category 7 pin with 2 keypoints, the network was trained for 1 needle_holder" in error
