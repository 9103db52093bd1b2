"""Detector boxes inside MMEngine's evaluator."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmdet")

from mmdet.structures import DetDataSample  # noqa: E402
from mmengine.evaluator import Evaluator  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402

import surgtools.register  # noqa: E402, F401
from surgtools.annotations.coco import CocoBuilder  # noqa: E402
from surgtools.taxonomy import SURGICAL  # noqa: E402


@pytest.fixture
def truth():
    builder = CocoBuilder()
    for index in range(4):
        image_id = builder.add_image(f"{index}.jpg", 640, 480)
        for category_id, x in ((1, 20), (2, 320)):
            keypoints = np.full((5, 3), 2.0)
            builder.add_annotation(image_id, category_id, keypoints, [x, x / 2, 200, 100])
    builder.add_image("empty.jpg", 640, 480)
    truth = builder.to_dict()
    truth["categories"].reverse()
    return truth


def answers(truth, swap_labels=False):
    samples = []
    for image in truth["images"]:
        rows = [row for row in truth["annotations"] if row["image_id"] == image["id"]]
        boxes = np.array([row["bbox"] for row in rows], dtype=np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        labels = np.array([SURGICAL.label_of(row["category_id"]) for row in rows], dtype=int)
        sample = DetDataSample(
            metainfo={
                "img_id": image["id"],
                "img_path": image["file_name"],
                "ori_shape": (480, 640),
                "instances": [
                    {"bbox": box.tolist(), "bbox_label": int(label), "ignore_flag": 0}
                    for box, label in zip(boxes, labels, strict=True)
                ],
            }
        )
        sample.pred_instances = InstanceData(
            bboxes=torch.as_tensor(boxes),
            labels=torch.as_tensor(1 - labels if swap_labels else labels),
            scores=torch.full((len(boxes),), 0.9),
        )
        samples.append(sample)
    return samples


def run(metric, samples):
    evaluator = Evaluator(metric)
    evaluator.process(samples)
    return evaluator.evaluate(len(samples))


@pytest.mark.parametrize("from_file", [True, False])
def test_perfect_boxes_are_perfect_whatever_the_files_category_order(truth, tmp_path, from_file):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(truth))
    metric = dict(type="InstrumentBoxMetric", ann_file=str(path) if from_file else None)
    metrics = run(metric, answers(truth))
    for name in ("AP", "needle_holder/AP", "tweezers/AP", "recall"):
        assert metrics[f"boxes/{name}"] == pytest.approx(1.0)
    assert run(metric, answers(truth, swap_labels=True))["boxes/AP"] == 0.0


def test_image_ids_may_be_text(truth, tmp_path):
    for row in (*truth["images"], *truth["annotations"]):
        row |= {key: f"p{row[key]}" for key in ("id", "image_id") if key in row}
    path, out = tmp_path / "truth.json", tmp_path / "boxes.json"
    path.write_text(json.dumps(truth))
    metric = dict(type="InstrumentBoxMetric", ann_file=str(path), results_file=str(out))
    assert run(metric, answers(truth))["boxes/AP"] == pytest.approx(1.0)
    assert {row["image_id"] for row in json.loads(out.read_text())} == {"p1", "p2", "p3", "p4"}


def test_results_are_written_in_original_pixels(truth, tmp_path):
    out = tmp_path / "boxes.json"
    run(dict(type="InstrumentBoxMetric", results_file=str(out)), answers(truth))
    rows = json.loads(out.read_text())
    assert len(rows) == 8
    assert rows[1] == {
        "image_id": 1,
        "category_id": 2,
        "bbox": [320.0, 160.0, 200.0, 100.0],
        "score": pytest.approx(0.9),
    }
