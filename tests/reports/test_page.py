"""The page: one file, no network, everything in it."""

import re

import cv2
import numpy as np
import pytest

from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.evaluation.evaluator import evaluate
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.reports.page import Block, write_report
from surgtools.reports.training_run import TrainingRun


@pytest.fixture
def metrics(tmp_path):
    """One good and one missed instance."""
    builder = CocoBuilder()
    xy = np.random.default_rng(0).uniform(20, 80, (5, 2))
    for name in ("a.png", "b<i>.png"):
        cv2.imwrite(str(tmp_path / name), np.full((100, 100, 3), 90, np.uint8))
        image_id = builder.add_image(name, 100, 100)
        builder.add_annotation(image_id, 1, np.column_stack([xy, [2] * 5]), [20, 20, 60, 60])
    truth = builder.to_dict()
    row = truth["annotations"][0]
    result = {k: row[k] for k in ("image_id", "category_id", "bbox", "keypoints")} | {"score": 0.9}
    return {"pictures": str(tmp_path)} | evaluate(truth, [result], EvaluationSettings(bootstrap=9))


def test_what_was_scored_is_told_in_words(tmp_path, metrics):
    source = {"test-time augmentation": True, "pose2d": ["pose.py", "pose.pth"], "negatives": None}
    write_report(tmp_path / "r.html", "Test", metrics | {"source": source})
    page = (tmp_path / "r.html").read_text()
    assert "<p>test-time augmentation: yes</p>" in page
    assert "<p>pose2d: pose.py, pose.pth</p>" in page and "negatives:" not in page


def test_the_page_is_self_contained_and_complete(tmp_path, metrics):
    run = TrainingRun(
        tmp_path,
        train={"loss": [(1, 2.0), (2, 1.0)], "lr": [(1, 0.1), (2, 0.1)]},
        val={"keypoints/AP": [(1, 0.5)]},
        starts=2,
    )
    mosaic = np.zeros((40, 40, 3), np.uint8)
    facts = {"environment": {"torch": "2.14.1"}}
    write_report(tmp_path / "r.html", "Test & more", metrics, run, mosaic, facts)
    page = (tmp_path / "r.html").read_text()
    for heading in ("Boxes", "Keypoints", "Training", "Training batches"):
        assert f"<h2>{heading}</h2>" in page
    assert "Test &amp; more" in page and "2.14.1" in page
    assert ": 2 iterations, started 2 times." in page
    assert "holds no tweezers to be found" in page
    assert "b&lt;i&gt;.png: missed needle_holder" in page
    assert "sigmas needle_holder: joint 0.05" in page
    # confusion, two precision-recall, PCK, histogram; loss, learning rate, AP
    assert page.count("<svg") == 5 + 3
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    assert "-1.000" not in page


def test_every_part_may_be_absent(tmp_path):
    write_report(tmp_path / "r.html", "Empty")
    assert "<h1>Empty</h1>" in (tmp_path / "r.html").read_text()


def test_blocks_of_the_caller_are_shown_as_text(tmp_path):
    block = Block("Rounds", text=["a < b"], columns=["round", "AP"], rows=[["1", "0.5"]])
    write_report(tmp_path / "r.html", "Adapt", blocks=[block])
    page = (tmp_path / "r.html").read_text()
    assert "<h2>Rounds</h2>" in page and "a &lt; b" in page and "<td>0.5</td>" in page


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write_report(tmp_path / "file/r.html", "X")


def test_a_lifter_shows_its_distances(tmp_path):
    run = TrainingRun(tmp_path, val={"MPJPE": [(1, 40.0), (2, 21.0)]}, starts=1)
    write_report(tmp_path / "report.html", "Lifter", run=run)
    assert "MPJPE, mm" in (tmp_path / "report.html").read_text()
