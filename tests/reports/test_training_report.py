"""The page of a work folder."""

import json

import pytest

pytest.importorskip("mmpose")

from surgtools.errors import InputError  # noqa: E402
from surgtools.reports.training_report import write_training_report  # noqa: E402


def test_page_of_a_run_whose_data_are_gone(tmp_path):
    log = tmp_path / "20260101_000000/vis_data/scalars.json"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"lr": 0.1, "loss": 2.0, "step": 1}) + "\n")
    (tmp_path / "toy.py").write_text(
        "default_scope = 'mmpose'\n"
        "train_dataloader = dict(dataset=dict(type='InstrumentDataset', pipeline=[],\n"
        "    data_root='gone', ann_file='a.json', data_prefix=dict(img='images/')))\n"
    )
    page = write_training_report(tmp_path)
    assert page == tmp_path / "report.html"
    text = page.read_text()
    assert "Training of toy" in text and "1 iterations in 1 start(s)" in text
    assert "not shown" in text and "gone/a.json" in text


def test_folder_without_training_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no training log"):
        write_training_report(tmp_path)
    assert not (tmp_path / "report.html").exists()
