"""Categories are matched with metainfo by name, keypoints by name."""

import pytest

from surgtools.annotations.check.categories import plan_categories
from surgtools.metainfo import INSTRUMENTS


def categories() -> list[dict]:
    return [instrument.to_category() for instrument in INSTRUMENTS]


def test_metainfo_itself_is_sound():
    plans, problems = plan_categories(categories(), "a.json")
    assert problems == []
    assert {key: plan.instrument.name for key, plan in plans.items()} == {
        1: "needle_holder",
        2: "tweezers",
    }
    assert not any(plan.reordered for plan in plans.values())


def test_skeletons_without_direction_and_order_are_equal():
    table = categories()
    table[0]["skeleton"] = [edge[::-1] for edge in table[0]["skeleton"][::-1]]
    assert plan_categories(table, "a.json")[1] == []


def test_other_order_is_mapped_by_name():
    table = categories()
    table[1]["keypoints"] = table[1]["keypoints"][::-1]
    plans, problems = plan_categories(table, "a.json")
    assert plans[2].order == (4, 3, 2, 1, 0)
    assert "category-order" in [p.code for p in problems]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda t: t[0].update(name="clamp"), "category-unknown"),
        (lambda t: t.append({"id": "3", "name": "x"}), "category-unknown"),
        (lambda t: t.append("x"), "category-unknown"),
        (lambda t: t[0].update(id=9), "category-id"),
        (lambda t: t[0].update(keypoints=["joint"]), "category-keypoints"),
        (lambda t: t[0].update(keypoints=None), "category-keypoints"),
        (lambda t: t[0].update(skeleton=[[0, 1]]), "category-skeleton"),
        (lambda t: t[0].update(skeleton=5), "category-skeleton"),
        (lambda t: t.append({**t[0], "id": 5}), "category-duplicate"),
    ],
)
def test_each_fault_has_its_code(change, code):
    table = categories()
    change(table)
    assert code in [p.code for p in plan_categories(table, "a.json")[1]]
