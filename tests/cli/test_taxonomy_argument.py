"""``--taxonomy`` reaches the commands that read annotations."""

import json

import pytest

from surgtools.cli import main
from surgtools.taxonomy import Category, Taxonomy
from surgtools.taxonomy.files import write_taxonomy

CONTENT = {
    "images": [{"id": 1, "file_name": "a.jpg", "width": 20, "height": 10}],
    "annotations": [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 7,
            "bbox": [1, 1, 5, 5],
            "area": 25,
            "num_keypoints": 1,
            "keypoints": [1, 1, 2],
        }
    ],
    "categories": [{"id": 7, "name": "dot", "keypoints": ["center"]}],
}


@pytest.mark.parametrize("command", [["check", "--no-pictures"], ["stats"]])
def test_a_taxonomy_of_other_categories_is_held_against_the_data(command, tmp_path, capsys):
    (tmp_path / "a.json").write_text(json.dumps(CONTENT))
    write_taxonomy(Taxonomy("own", (Category(7, "dot", ("center",)),)), tmp_path / "own.yaml")
    write_taxonomy(Taxonomy("other", (Category(7, "line", ("center",)),)), tmp_path / "other.yaml")
    action, *flags = command
    call = ["data", action, str(tmp_path / "a.json"), *flags]
    assert main(call) == 0
    assert main([*call, "--taxonomy", str(tmp_path / "own.yaml")]) == 0
    assert main([*call, "--taxonomy", str(tmp_path / "other.yaml")]) == 2
    shown = capsys.readouterr()
    assert "category 'dot' is unknown" in shown.out + shown.err
