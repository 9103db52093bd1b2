"""A batch becomes arrays exactly when none of its rows breaks a rule."""

import pytest

from surgtools.annotations.check.categories import plan_categories
from surgtools.annotations.check.ids import IdCodes
from surgtools.annotations.check.row_batches import annotation_faults, batch_to_arrays

CHANGES = [
    lambda row: None,
    lambda row: row.pop("image_id"),
    lambda row: row.update(id=1.5),
    lambda row: row.update(bbox=[1, 2, 3]),
    lambda row: row.update(bbox=[1, 2, 3, float("nan")]),
    lambda row: row.update(keypoints=[0] * 12),
    lambda row: row.update(keypoints=[0] * 14 + [10**400]),
    lambda row: row.update(iscrowd=2),
    lambda row: row.update(area=-1),
    lambda row: row.update(camera={"fx": float("inf")}),
    lambda row: row.update(remark="fine"),
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_quick_judgment_of_a_batch_is_that_of_its_rows(content, change):
    plan = plan_categories(content["categories"], "a")[0][1]
    rows = [row for row in content["annotations"] if row["category_id"] == 1]
    change(rows[2])
    faults = [fault for row in rows for fault in annotation_faults(row, plan)]
    arrays = batch_to_arrays(list(enumerate(rows)), plan, IdCodes())
    assert (arrays is None) == bool(faults)
    if arrays is not None:
        assert arrays.keypoints.shape == (6, 5, 3) and arrays.rows.tolist() == [0, 1, 2, 3, 4, 5]
