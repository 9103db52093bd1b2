"""The table of rules on annotations: sound ones break none, and each rule has a kind."""

import numpy as np

from surgtools.annotations.check.categories import plan_categories
from surgtools.annotations.check.problems import KINDS
from surgtools.annotations.check.row_arrays import read_arrays
from surgtools.annotations.check.rules import RULES, Subject, apply_rules
from surgtools.annotations.stream import TABLES, Row


def subject_of(content: dict, sizes: np.ndarray) -> Subject:
    plans, _ = plan_categories(content["categories"], "a")
    rows = [Row(table, value, "") for table in TABLES for value in content[table]]
    return Subject(read_arrays(rows, plans, "a").annotations[1], plans[1], sizes)


def test_every_rule_has_a_kind():
    assert RULES.keys() <= KINDS.keys()


def test_sound_annotations_have_no_problem_and_unknown_pictures_are_no_reason(content):
    known = subject_of(content, np.array([[200, 100]] * 6, dtype=float))
    assert list(apply_rules(known, ["x"] * 6, "a")) == []
    unknown = subject_of(content, np.full((6, 2), np.nan))
    assert list(apply_rules(unknown, [None] * 6, "a")) == []


def test_a_count_of_keypoints_that_is_text_is_not_called_absent_alone(content):
    content["annotations"][0]["num_keypoints"] = "many"
    subject = subject_of(content, np.array([[200, 100]] * 6, dtype=float))
    (problem,) = apply_rules(subject, ["x"] * 6, "a")
    assert "num_keypoints is no number, or absent, " in problem.message


def test_a_reader_that_only_refuses_skips_the_other_rules(content):
    content["annotations"][0] |= {"bbox": [38, 18, 0, 76], "num_keypoints": 17}
    subject = subject_of(content, np.array([[200, 100]] * 6, dtype=float))
    codes = {p.code for p in apply_rules(subject, ["x"] * 6, "a")}
    assert codes >= {"box-broken", "num-keypoints"}
    strict = [p.code for p in apply_rules(subject, ["x"] * 6, "a", refused_only=True)]
    assert strict == ["box-broken"]
