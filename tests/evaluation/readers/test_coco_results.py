"""A COCO results file."""

import json

import pytest

from surgtools.errors import InputError
from surgtools.evaluation.readers.coco_results import read_coco_results

TRUTH = {"images": [{"id": 4}], "annotations": [], "categories": []}
ROW = {"image_id": 4, "category_id": 1, "score": 0.5, "keypoints": [1, 2, 1] * 5}


def test_rows_are_kept_as_they_are(tmp_path):
    (tmp_path / "r.json").write_text(json.dumps([ROW]))
    assert read_coco_results(tmp_path / "r.json", TRUTH) == ([ROW], [])


def test_bad_rows_are_named_with_their_file(tmp_path):
    (tmp_path / "r.json").write_text(json.dumps([ROW, ROW | {"image_id": 5}]))
    with pytest.raises(InputError, match="r.json: result 1 is on image 5"):
        read_coco_results(tmp_path / "r.json", TRUTH)
