"""Categories of 2, 0 and 7 keypoints with odd ids, each scored as pycocotools scores it alone."""

import contextlib
import io

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from surgtools.evaluation.evaluator import evaluate
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.taxonomy import Category, Taxonomy

MADE_UP = Taxonomy(
    "made_up",
    (
        Category(7, "pin", ("left_end", "right_end"), sigmas=(0.03, 0.08)),
        Category(3, "plate"),
        Category(90, "star", tuple(f"ray_{i}" for i in range(7))),
        Category(12, "hook", ("eye", "bend", "point")),
    ),
)
"""The last one is in validation only; ``star`` and ``hook`` have the usual sigmas."""


@pytest.fixture(scope="module")
def truth():
    rng = np.random.default_rng(0)
    images = [
        {"id": i, "file_name": f"{i}.jpg", "width": 200, "height": 160} for i in range(1, 25)
    ]
    rows = []
    for image in images:
        for category in rng.choice(MADE_UP.categories, 4):
            x, y = rng.uniform(0, 90, 2)
            width, height = rng.uniform(20, 70, 2)
            points = rng.uniform((x, y), (x + width, y + height), (category.num_keypoints, 2))
            v = rng.choice([0, 1, 2], category.num_keypoints, p=[0.2, 0.2, 0.6])
            keypoints = np.column_stack([points, v])
            keypoints[v == 0] = 0
            rows.append(
                {
                    **{"id": len(rows) + 1, "image_id": image["id"], "category_id": category.id},
                    "bbox": [x, y, width, height],
                    "area": width * height,
                    "iscrowd": 0,
                    "num_keypoints": int((v > 0).sum()),
                    "keypoints": keypoints.ravel().tolist(),
                }
            )
    return {"images": images, "annotations": rows, "categories": MADE_UP.to_coco_categories()}


@pytest.fixture(scope="module")
def found(truth):
    """The truth, moved a little; some is missed, some doubled, some of another category."""
    rng = np.random.default_rng(1)
    rows = []
    for row in truth["annotations"]:
        for _ in range(rng.choice([0, 1, 2], p=[0.15, 0.7, 0.15])):
            keypoints = np.reshape(row["keypoints"], (-1, 3)).astype(float)
            keypoints[:, :2] += rng.normal(0, 3, (len(keypoints), 2))
            keypoints[:, 2] = rng.uniform(0.2, 1, len(keypoints))
            box = np.array(row["bbox"]) + rng.normal(0, 4, 4)
            rows.append(
                {
                    **{"image_id": row["image_id"], "category_id": row["category_id"]},
                    "bbox": np.maximum(box, 1).tolist(),
                    "score": float(rng.uniform(0.05, 1)),
                    "keypoints": keypoints.ravel().tolist(),
                }
            )
    return rows


def by_pycocotools(truth, found, category, iou_type):
    """AP, AP50, AP75 and AR of one category, from files that hold no other."""
    own = [row for row in truth["annotations"] if row["category_id"] == category.id]
    rows = [dict(row) for row in found if row["category_id"] == category.id]
    if iou_type == "bbox":  # loadRes would take boxes from keypoints
        rows = [{k: v for k, v in row.items() if k != "keypoints"} for row in rows]
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {**truth, "annotations": [dict(row) for row in own]}
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(rows), iou_type)
        evaluation.params.kpt_oks_sigmas = np.array(category.sigmas)
        evaluation.params.catIds = [category.id]
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    ar = 5 if iou_type == "keypoints" else 8
    return dict(zip(("AP", "AP50", "AP75", "AR"), evaluation.stats[[0, 1, 2, ar]], strict=True))


def test_every_category_equals_pycocotools(truth, found):
    report = evaluate(truth, found, EvaluationSettings(bootstrap=0, taxonomy=MADE_UP))
    checked = 0
    for category in MADE_UP.categories:
        sections = {"bbox": "boxes"} | ({"keypoints": "keypoints"} if category.keypoints else {})
        for iou_type, section in sections.items():
            wanted = by_pycocotools(truth, found, category, iou_type)
            own = report[section]["categories"][category.name]
            for ours, theirs in (("AP", "AP"), ("AP50", "AP50"), ("AP75", "AP75")):
                assert own[ours] == pytest.approx(wanted[theirs], abs=1e-6), (category.name, ours)
                checked += 1
            ar = own["AR" if iou_type == "keypoints" else "AR100"]
            assert ar == pytest.approx(wanted["AR"], abs=1e-6)
            assert 0.05 < own["AP"] < 0.95, "the comparison would prove nothing"
    assert checked == 3 * 7
    assert "plate" not in report["keypoints"]["categories"]


def test_the_truth_itself_is_perfect(truth):
    rows = [
        {**row, "score": 1.0, "keypoints": row["keypoints"]}
        for row in truth["annotations"]
        if row["num_keypoints"] or row["category_id"] == 3
    ]
    report = evaluate(truth, rows, EvaluationSettings(bootstrap=0, taxonomy=MADE_UP))
    for name in ("pin", "star", "hook"):
        assert report["keypoints"]["categories"][name]["AP"] == pytest.approx(1.0)
    assert report["boxes"]["categories"]["plate"]["AP"] == pytest.approx(1.0)
