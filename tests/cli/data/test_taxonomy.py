"""``surgtools data taxonomy`` as a user calls it."""

import json

from surgtools.cli import main
from surgtools.taxonomy.files import read_taxonomy

CONTENT = {
    "images": [],
    "annotations": [],
    "categories": [{"id": 5, "name": "clamp", "keypoints": ["left_tip", "right_tip"]}],
}


def test_it_tells_the_categories_and_writes_them(tmp_path, capsys):
    (tmp_path / "a.json").write_text(json.dumps(CONTENT))
    out = tmp_path / "taxonomy.yaml"
    assert main(["data", "taxonomy", str(tmp_path / "a.json"), "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "5 clamp: 2 keypoints, 1 left/right pairs, 0 lines, no axis" in shown
    assert "guessed, please check: clamp: swaps" in shown
    assert read_taxonomy(out).get("clamp").swaps == (("left_tip", "right_tip"),)


def test_what_cannot_be_read_is_one_line(tmp_path, capsys):
    assert main(["data", "taxonomy", str(tmp_path / "absent.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
