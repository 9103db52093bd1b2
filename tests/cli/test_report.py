"""``surgtools report``."""

import json

import pytest

from surgtools.cli import main


def test_page_of_a_metrics_file(tmp_path, drawn_dataset, capsys):
    content = json.loads((drawn_dataset / "val/coco_keypoints.json").read_text())
    rows = [
        {k: row[k] for k in ("image_id", "category_id", "bbox", "keypoints")} | {"score": 0.9}
        for row in content["annotations"]
    ]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    metrics = tmp_path / "metrics.json"
    command = ["test", "--predictions", str(tmp_path / "rows.json"), "--format", "coco"]
    assert main([*command, "--data", str(drawn_dataset), "--out", str(metrics)]) == 0
    assert main(["report", str(metrics), "--out", str(tmp_path / "page.html")]) == 0
    assert "<h2>Boxes</h2>" in (tmp_path / "page.html").read_text()
    assert "page.html" in capsys.readouterr().out
    before = metrics.read_text()
    assert main(["report", str(metrics), "--out", str(metrics)]) == 2
    assert "metrics.json: is read by this command" in capsys.readouterr().err
    assert metrics.read_text() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), ("{", "is not JSON"), ("[]", "is no metrics file")],
)
def test_bad_sources_are_one_line(tmp_path, capsys, content, message):
    source = tmp_path / "m.json"
    if content is not None:
        source.write_text(content)
    assert main(["report", str(source)]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "report.html").exists()


def test_an_empty_folder_is_one_line(tmp_path, capsys):
    pytest.importorskip("mmpose")
    assert main(["report", str(tmp_path)]) == 2
    assert "holds no training log" in capsys.readouterr().err
