"""``data sigmas`` by hand: every keypoint moved by the same distance."""

import json

import numpy as np
import pytest


def test_sigma_by_hand(data, draw_dataset, tmp_path):
    file = draw_dataset(train=3) / "train/coco_keypoints.json"
    content = json.loads(file.read_text())
    for annotation in content["annotations"]:
        annotation["keypoints"][0::3] = [x + 2 for x in annotation["keypoints"][0::3]]
    (tmp_path / "again.json").write_text(json.dumps(content))
    code, text, _ = data("sigmas", file, tmp_path / "again.json", "--json", tmp_path / "s.json")
    areas = [a["area"] for a in content["annotations"] if a["category_id"] == 2]
    assert code == 0 and "tweezers.left_tip: 0.0" in text and f"(n = {len(areas)})" in text
    assert "warning" not in text
    expected = np.sqrt(np.mean([2**2 / (2 * area) for area in areas]))
    found = json.loads((tmp_path / "s.json").read_text())["tweezers"]["left_tip"]
    assert found == pytest.approx(expected, rel=1e-3)


def test_copies_are_warned_of_and_give_no_constant(data, draw_dataset, tmp_path):
    file = draw_dataset(train=3) / "train/coco_keypoints.json"
    code, text, _ = data("sigmas", file, file, "--json", tmp_path / "s.json")
    assert code == 0 and "tweezers.left_tip: 0.0000 (n = " in text
    warnings = [line for line in text.splitlines() if line.startswith("warning: 0 is no OKS")]
    assert len(warnings) == 1 and "tweezers.left_tip" in warnings[0]
    assert f"sigmas: {tmp_path / 's.json'} (without the " in text
    assert data("sigmas", file, file, "--json", tmp_path / "s.json")[0] == 0, "its own"
    (tmp_path / "notes.txt").write_text("mine")
    code, _, error = data("sigmas", file, file, "--json", tmp_path / "notes.txt")
    assert code == 2 and "notes.txt: is there and is not a file of sigmas" in error
    assert "left_tip" not in json.loads((tmp_path / "s.json").read_text())["tweezers"]
