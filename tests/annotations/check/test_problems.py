"""Every kind of problem has a weight, and a problem says where it is."""

from surgtools.annotations.check.problems import KINDS, LEVELS, Problem


def test_every_kind_has_a_level_and_a_title():
    assert all(kind.level in LEVELS and kind.title for kind in KINDS.values())


def test_problem_says_where_it_is():
    problem = Problem("side-rule", "a.json", "wrong", 3, 7, "x.jpg")
    assert str(problem) == "a.json: annotation 7, image 3 x.jpg: wrong"
    assert (problem.level, problem.fixable) == ("error", True)
    assert problem.to_json()["file_name"] == "x.jpg"
    assert str(Problem("category-empty", "a.json", "none")) == "a.json: none"
