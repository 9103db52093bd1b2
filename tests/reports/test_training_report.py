"""The page of a work folder."""

import json

import pytest

pytest.importorskip("mmpose")
torch = pytest.importorskip("torch")

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
    assert "Training of toy" in text
    assert "not shown" in text and "gone/a.json" in text
    assert f"<p>{tmp_path.name}: 1 iteration.<" in text and str(tmp_path.parent) not in text


def test_page_names_files_without_the_folders_of_one_machine(tmp_path):
    log = tmp_path / "work/1/vis_data/scalars.json"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"lr": 0.1, "loss": 2.0, "step": 1}) + "\n")
    facts = {
        "command": f"surgtools train toy.py --data {tmp_path}/table --work-dir {tmp_path}/work",
        "data": [{"ann_file": f"{tmp_path}/table/train/coco_keypoints.json", "samples": 3}],
    }
    content = {"state_dict": {"a": torch.zeros(2)}, "meta": {"epoch": 1, "surgtools": facts}}
    torch.save(content, tmp_path / "work/epoch_1.pth")
    text = write_training_report(tmp_path / "work").read_text()
    assert "surgtools train toy.py --data table --work-dir work<" in text
    assert ">epoch_1.pth<" in text and ">table/train/coco_keypoints.json<" in text
    assert str(tmp_path.parent) not in text


def test_page_keeps_relative_paths_as_they_were_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    log = tmp_path / "outputs/work/1/vis_data/scalars.json"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"lr": 0.1, "loss": 2.0, "step": 1}) + "\n")
    assert "<p>outputs/work: 1 iteration.<" in write_training_report("outputs/work").read_text()


def test_folder_without_training_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no training log"):
        write_training_report(tmp_path)
    assert not (tmp_path / "report.html").exists()
