"""Tables and lines of a metrics report."""

import io

import numpy as np
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


def test_visibility_is_told_for_each_kind_of_keypoint():
    builder = CocoBuilder()
    image_id = builder.add_image("a.jpg", 100, 100)
    points = [[10, 10, 2], [90, 10, 2], [10, 90, 2], [90, 90, 1], [50, 50, 1]]
    builder.add_annotation(image_id, 2, points, [0, 0, 100, 100])
    truth = builder.to_dict()
    row = truth["annotations"][0]
    result = {k: row[k] for k in ("image_id", "category_id", "bbox", "keypoints")} | {
        "score": 0.9,
        "keypoint_visible": [0.9, 0.8, 0.9, 0.8, 0.1],
    }
    report = evaluate(truth, [result], EvaluationSettings(bootstrap=0))
    rows = {row[0]: row[1:] for row in score_rows("keypoints", report)}
    assert rows["visibility accuracy"] == ("0.800", "-", "0.800", "")
    assert rows["visibility accuracy, visible"][0] == "1.000"
    assert rows["visibility accuracy, hidden"][0] == "0.500"
    assert rows["balanced visibility accuracy"] == ("0.750", "-", "0.750", "")
    # Five of six pairs in the right order and one equal: 5.5 / 6.
    assert rows["visibility AUC"][2] == "0.917"
    assert "visibility AUC" in show(score_table(report))


def test_a_file_without_the_newer_visibility_numbers_is_still_shown(report):
    visibility = report["keypoints"]["visibility"]
    report["keypoints"]["visibility"] = {
        "accuracy": 0.9,
        "categories": {name: {"accuracy": 0.9} for name in visibility["categories"]},
    }
    rows = {row[0]: row[1:] for row in score_rows("keypoints", report)}
    assert rows["visibility accuracy"][0] == "0.900"
    assert rows["balanced visibility accuracy"] == ("-", "-", "-", "")


def test_tables_print_every_category_and_keypoint(report):
    assert "1.000" in show(score_table(report))
    text = show(keypoint_table(report["keypoints"], "keypoints", "PCK@0.05"))
    assert "handle_end" in text and "1/1" in text and "0/0" in text


def test_lines_say_what_has_no_column(report):
    text = "\n".join(fact_lines(report))
    assert "boxes: false instruments on 1 empty pictures at score 0.35: 1 (1.000 per" in text
    assert "score > 0.5 leaves recall 1.000" in text
    assert "sigmas tweezers: handle_end 0.05" in text
    assert "note: the ground truth holds no needle_holder" in text


@pytest.mark.parametrize(
    ("score", "shown"), [(0.9, "0.9"), (0.1234561, "0.123457"), (0.0, "0"), (0.9004, "0.9004")]
)
def test_the_operating_point_names_a_score_that_does_not_pass(report, score, shown):
    report["boxes"]["operating_point"]["score_thr"] = np.nextafter(score, 2)
    assert f"score > {shown} leaves" in "\n".join(fact_lines(report))


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
