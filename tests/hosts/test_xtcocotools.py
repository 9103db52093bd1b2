"""The stand-in for xtcocotools scores like pycocotools and like the original where they differ."""

import subprocess
import sys

import numpy as np
import pytest
from pycocotools.cocoeval import COCOeval as PlainCOCOeval

from surgtools.hosts.xtcocotools import COCO, COCOeval


def coco(annotations: list[dict]) -> COCO:
    result = COCO()
    result.dataset = {
        "images": [{"id": i, "width": 100, "height": 100} for i in (1, 2)],
        "categories": [{"id": 1, "name": "tool"}],
        "annotations": annotations,
    }
    result.createIndex()
    return result


def annotation(image_id: int, keypoints: list[float], **extra) -> dict:
    return {
        "id": image_id,
        "image_id": image_id,
        "category_id": 1,
        "bbox": [0, 0, 50, 40],
        "area": 2000.0,
        "keypoints": keypoints,
        **extra,
    }


def prediction(image_id: int, keypoints: list[float], score: float = 0.9) -> dict:
    return {"image_id": image_id, "category_id": 1, "keypoints": keypoints, "score": score}


def score(ground_truth: COCO, results: list[dict], **arguments) -> np.ndarray:
    evaluation = COCOeval(ground_truth, ground_truth.loadRes(results), "keypoints", **arguments)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation


def test_oks_uses_the_given_sigmas_and_area():
    ground_truth = coco([annotation(1, [10, 10, 2, 30, 30, 1])])
    evaluation = score(ground_truth, [prediction(1, [16, 18, 1, 30, 30, 1])], sigmas=[0.1, 0.1])
    # first point off by 6, 8 -> d^2 = 100; e = 100 / (0.2^2 * 2000 * 2) = 0.625; second is exact
    assert evaluation.ious[1, 1][0, 0] == pytest.approx((np.exp(-0.625) + 1) / 2)


def test_without_area_the_box_stands_in():
    ground_truth = coco([annotation(1, [10, 10, 2, 30, 30, 1])])
    results = [prediction(1, [16, 18, 1, 30, 30, 1])]
    evaluation = score(ground_truth, results, sigmas=[0.1, 0.1], use_area=False)
    # 0.53 * 50 * 40 = 1060; e = 100 / (0.04 * 1060 * 2)
    assert evaluation.ious[1, 1][0, 0] == pytest.approx((np.exp(-100 / 84.8) + 1) / 2)


def test_ten_numbers_equal_pycocotools():
    rng = np.random.default_rng(0)
    truth = [annotation(i, [10, 10, 2, 30, 30, 1], num_keypoints=2) for i in (1, 2)]
    results = []
    for i in (1, 2, 2):
        x, y = rng.normal(10, 4, 2)
        results.append(prediction(i, [x, y, 1, 30, 30, 1], score=rng.random()))
    ours = score(coco(truth), results, sigmas=[0.1, 0.1])
    ground_truth = coco(truth)
    plain = PlainCOCOeval(ground_truth, ground_truth.loadRes(results), "keypoints")
    plain.params.kpt_oks_sigmas = np.array([0.1, 0.1])
    plain.evaluate()
    plain.accumulate()
    plain.summarize()
    np.testing.assert_allclose(ours.stats, plain.stats, atol=1e-9)
    assert 0 < ours.stats[0] < 1


def test_instance_without_visible_keypoints_is_ignored_whatever_num_keypoints_says():
    truth = [
        annotation(1, [10, 10, 2, 30, 30, 2]),
        annotation(2, [0, 0, 0, 0, 0, 0], num_keypoints=2),
    ]
    evaluation = score(coco(truth), [prediction(1, [10, 10, 1, 30, 30, 1])], sigmas=[0.1, 0.1])
    assert evaluation.stats[0] == pytest.approx(1.0)


def test_empty_results_are_a_result():
    evaluation = score(coco([annotation(1, [10, 10, 2, 30, 30, 2])]), [], sigmas=[0.1, 0.1])
    assert evaluation.stats[0] == 0.0


def test_other_scores_are_refused_by_name():
    with pytest.raises(NotImplementedError, match="keypoints_crowd"):
        COCOeval(iouType="keypoints_crowd")


def test_install_lets_the_host_import_in_a_fresh_process():
    code = (
        "from surgtools.hosts.xtcocotools import install; first = install()\n"
        "assert install() == first\n"
        "from xtcocotools.coco import COCO; from xtcocotools.cocoeval import COCOeval\n"
        "import xtcocotools.mask as m; assert m.encode\n"
        "import importlib.util; assert importlib.util.find_spec('xtcocotools')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
