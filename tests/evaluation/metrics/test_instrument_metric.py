"""Union predictions back to categories, inside MMEngine's evaluator."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("mmpose")

from mmengine.evaluator import Evaluator  # noqa: E402
from mmengine.registry import METRICS, DefaultScope  # noqa: E402
from mmengine.structures import InstanceData  # noqa: E402
from mmpose.structures import PoseDataSample  # noqa: E402

import surgtools.register  # noqa: E402, F401
from surgtools.annotations.coco import CocoBuilder  # noqa: E402
from surgtools.evaluation.metrics.instrument_metric import to_results  # noqa: E402
from surgtools.metainfo import NUM_SLOTS, to_union  # noqa: E402
from surgtools.taxonomy import Category, Taxonomy  # noqa: E402


@pytest.fixture
def truth():
    rng = np.random.default_rng(0)
    builder = CocoBuilder()
    for index in range(4):
        image_id = builder.add_image(f"{index}.jpg", 640, 480)
        for category_id, x in ((1, 20), (2, 320)):
            keypoints = np.column_stack([rng.uniform(x, x + 200, (5, 2)), [2, 2, 1, 2, 2]])
            builder.add_annotation(image_id, category_id, keypoints, [x, x, 200, 200])
    return builder.to_dict()


def answer(row, offset=0.0, own_score=0.8):
    """What a perfect top-down network says for one annotation; foreign slots hold rubbish."""
    own = np.reshape(row["keypoints"], (1, -1, 3)).astype(np.float32)
    union = to_union(own, row["category_id"])
    mine = union[..., 2] > 0
    keypoints = np.where(mine[..., None], union[..., :2] + offset, -999.0)
    x, y, width, height = row["bbox"]
    sample = PoseDataSample(
        metainfo={
            "id": row["id"],
            "img_id": row["image_id"],
            "img_path": f"{row['image_id']}.jpg",
            "ori_shape": (480, 640),
            "category_id": row["category_id"],
            "raw_ann_info": row,
        }
    )
    sample.gt_instances = InstanceData(
        bboxes=np.array([[x, y, x + width, y + height]], dtype=np.float32),
        bbox_scores=np.array([0.5], dtype=np.float32),
    )
    sample.pred_instances = InstanceData(
        keypoints=keypoints,
        keypoint_scores=np.where(mine, own_score, 0.01).astype(np.float32),
        keypoints_visible=np.where(union[..., 2] == 2, 0.9, 0.1),
    )
    return sample


def run(metric, samples):
    evaluator = Evaluator(metric)
    evaluator.process(samples)
    return evaluator.evaluate(len(samples))


@pytest.mark.parametrize("scope", ["mmpose", "mmdet"])
def test_both_scopes_find_the_metrics(scope):
    with DefaultScope.overwrite_default_scope(scope):
        for name in ("InstrumentMetric", "InstrumentBoxMetric"):
            assert METRICS.build(dict(type=name)) is not None


def test_perfect_answers_are_perfect_per_category(truth):
    metrics = run(dict(type="InstrumentMetric"), [answer(row) for row in truth["annotations"]])
    for name in ("AP", "needle_holder/AP", "tweezers/AP", "AR", "visibility_accuracy"):
        assert metrics[f"keypoints/{name}"] == pytest.approx(1.0)
    assert metrics["keypoints/tweezers/mean_px"] == pytest.approx(0, abs=1e-3)
    assert metrics["keypoints/PCK@0.05"] == 1.0
    assert all(isinstance(value, float) for value in metrics.values())


def test_image_ids_may_be_text(truth, tmp_path):
    for row in (*truth["images"], *truth["annotations"]):
        row |= {key: f"p{row[key]}" for key in ("id", "image_id") if key in row}
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(truth))
    metric = dict(type="InstrumentMetric", ann_file=str(path))
    metrics = run(metric, [answer(row) for row in truth["annotations"]])
    assert metrics["keypoints/AP"] == pytest.approx(1.0)


def test_slots_of_another_category_are_not_an_answer(truth):
    samples = [answer(row) for row in truth["annotations"]]
    for sample in samples:
        sample.set_metainfo({"category_id": 3 - sample.category_id})
    assert run(dict(type="InstrumentMetric"), samples)["keypoints/AP"] == 0.0


def test_score_is_box_times_mean_of_own_keypoints(truth, tmp_path):
    out = tmp_path / "results.json"
    metric = dict(type="InstrumentMetric", results_file=str(out))
    run(metric, [answer(row) for row in truth["annotations"]])
    rows = json.loads(out.read_text())
    assert len(rows) == 8
    assert rows[0]["score"] == pytest.approx(0.5 * 0.8)
    assert rows[0]["bbox_score"] == 0.5
    assert len(rows[0]["keypoints"]) == 15 < 3 * NUM_SLOTS
    assert rows[0]["bbox"] == [20, 20, 200, 200]
    assert rows[0]["keypoint_visible"] == pytest.approx([0.9, 0.9, 0.1, 0.9, 0.9])


def test_presence_counts_as_a_part_of_the_box_score(truth, tmp_path):
    sample = answer(truth["annotations"][0])
    sample.pred_instances.presence = np.array([0.32], np.float32)
    (row,) = to_results(sample.to_dict())
    # box 0.5, presence 0.32: geometric mean 0.4; keypoints 0.8
    assert row["presence"] == pytest.approx(0.32)
    assert row["bbox_score"] == pytest.approx(0.4)
    assert row["score"] == pytest.approx(0.32)


def test_samples_repeated_by_padding_count_once(truth, tmp_path):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(truth))
    samples = [answer(row) for row in truth["annotations"]]
    once = run(dict(type="InstrumentMetric", ann_file=str(path)), samples)
    twice = run(dict(type="InstrumentMetric", ann_file=str(path)), samples + samples[:3])
    assert once == twice


def test_annotation_file_counts_what_was_never_answered(truth, tmp_path):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(truth))
    samples = [answer(row) for row in truth["annotations"][:4]]
    metrics = run(dict(type="InstrumentMetric", ann_file=str(path)), samples)
    assert metrics["keypoints/AR"] == pytest.approx(0.5)


def test_one_stage_samples_say_the_category_of_each_instance(truth, tmp_path):
    path = tmp_path / "truth.json"
    path.write_text(json.dumps(truth))
    samples = []
    for image in truth["images"]:
        parts = [answer(row) for row in truth["annotations"] if row["image_id"] == image["id"]]
        sample = PoseDataSample(metainfo={"img_id": image["id"], "ori_shape": (480, 640)})
        fields = {
            name: np.concatenate([part.pred_instances[name] for part in parts])
            for name in ("keypoints", "keypoint_scores", "keypoints_visible")
        }
        boxes = np.concatenate([part.gt_instances.bboxes for part in parts])
        labels = torch.tensor([part.category_id - 1 for part in parts])
        sample.pred_instances = InstanceData(
            **fields, bboxes=boxes, bbox_scores=np.full(len(parts), 0.9), labels=labels
        )
        samples.append(sample)
    metrics = run(dict(type="InstrumentMetric", ann_file=str(path)), samples)
    assert metrics["keypoints/needle_holder/AP"] == pytest.approx(1.0)
    assert metrics["keypoints/tweezers/AP"] == pytest.approx(1.0)


def test_a_category_without_keypoints_has_the_score_of_its_box():
    taxonomy = Taxonomy("tray", (Category(1, "pin", ("head", "end")), Category(2, "tray")))
    found = {
        "bboxes": np.array([[0, 0, 5, 5], [1, 1, 9, 9.0]]),
        "bbox_scores": np.array([0.9, 0.8]),
        "labels": np.array([0, 1]),
        "keypoints": np.zeros((2, 2, 2)),
        "keypoint_scores": np.full((2, 2), 0.5),
    }
    rows = to_results({"img_id": 1, "pred_instances": found}, taxonomy)
    assert [row["score"] for row in rows] == [0.45, 0.8]
    assert [row["keypoints"] for row in rows] == [[0, 0, 0.5, 0, 0, 0.5], []]
