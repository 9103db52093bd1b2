"""Tables and lines of a metrics report."""

import io

import pytest
from rich.console import Console

from surgtools.annotations.coco import CocoBuilder
from surgtools.evaluation.evaluator import evaluate
from surgtools.evaluation.settings import EvaluationSettings
from surgtools.reports.tables import fact_lines, keypoint_table, score_rows, score_table


@pytest.fixture
def report():
    builder = CocoBuilder()
    image_id = builder.add_image("a.jpg", 100, 100)
    builder.add_image("empty.jpg", 100, 100)
    points = [[10, 10, 2], [90, 10, 2], [10, 90, 2], [90, 90, 2], [50, 50, 2]]
    builder.add_annotation(image_id, 2, points, [0, 0, 100, 100])
    truth = builder.to_dict()
    row = truth["annotations"][0]
    result = {k: row[k] for k in ("image_id", "category_id", "bbox", "keypoints")} | {"score": 0.9}
    false = result | {"image_id": 2, "score": 0.5}
    return evaluate(truth, [result, false], EvaluationSettings(bootstrap=50))


def show(table):
    console = Console(file=io.StringIO(), width=120)
    console.print(table)
    return console.file.getvalue()


def test_rows_hold_mean_categories_and_interval(report):
    rows = {row[0]: row[1:] for row in score_rows("keypoints", report)}
    assert rows["AP"][:3] == ("1.000", "-", "1.000")
    assert rows["AP hidden"] == ("-", "-", "-", "")
    assert rows["mean px"][0] == "0.000"


def test_tables_print_every_category_and_keypoint(report):
    assert "1.000" in show(score_table(report))
    text = show(keypoint_table(report["keypoints"], "keypoints", "PCK@0.05"))
    assert "handle_end" in text and "1/1" in text and "0/0" in text


def test_lines_say_what_has_no_column(report):
    text = "\n".join(fact_lines(report))
    assert "boxes: false instruments on 1 empty pictures at score 0.35: 1 (1.000 per" in text
    assert "score >= 0.500 leaves recall 1.000" in text
    assert "sigmas tweezers: handle_end 0.05" in text
    assert "note: the ground truth holds no needle_holder" in text


def test_uncertain_sides_are_mentioned_only_where_there_are_some(report):
    assert "uncertain" not in "\n".join(fact_lines(report))
    report["counts"]["uncertain_sides"] = 3
    assert "sides of 3 instances are uncertain: the labelled one counts" in fact_lines(report)
    report["settings"]["either_side"] = True
    assert any("the better of both assignments" in line for line in fact_lines(report))


def test_both_kinds_of_boxes_have_their_rows_and_lines(report):
    report["boxes_with_presence"] = report["boxes"]
    lines = [line for line in fact_lines(report) if "false instruments" in line]
    assert [line.split(":")[0] for line in lines] == ["boxes", "boxes, scored by both networks"]
    assert dict(row[:2] for row in score_rows("boxes_with_presence", report))["recall"] == "1.000"
