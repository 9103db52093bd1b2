"""``init`` writes configs that load from anywhere, and never replaces a file."""

import json
import shlex

import pytest

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
from surgtools.taxonomy import SURGICAL
from surgtools.taxonomy.files import read_taxonomy
from surgtools.training.preconditions import require_data
from surgtools.training.settle_taxonomy import settle_taxonomy
from surgtools.training.start_files import write_start


def test_the_configs_load_and_say_what_was_planned(drawn_dataset, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = write_start(drawn_dataset, tmp_path / "start", gpu=False)
    assert [path.name for path in written.configs] == ["detector.py", "pose.py"]
    assert read_taxonomy(written.taxonomy) == SURGICAL
    detector, pose = (load_config(path, None, drawn_dataset) for path in written.configs)
    side = written.plan.side
    assert detector.train_pipeline[1]["size"] == (side, side)
    assert detector.train_cfg.max_epochs == detector.param_scheduler[1]["end"]
    assert detector.model.bbox_head.type == "InstrumentRTMDetHead"
    assert pose.train_dataloader.batch_size == 2 * written.plan.batch
    assert pose.train_dataloader.dataset.data_root == str(drawn_dataset)
    assert len(written.commands) == 3


def test_commands_can_be_pasted_whatever_the_folders_are_called(drawn_dataset, tmp_path):
    written = write_start(drawn_dataset, tmp_path / "my start", gpu=False)
    told = [shlex.split(command) for command in written.commands]
    assert str(tmp_path / "my start/detector.py") in told[0] and len(told) == 3


def test_without_val_the_commands_train_without_validation(drawn_dataset, tmp_path):
    assert write_start(drawn_dataset, tmp_path / "a", gpu=False).has_val
    (drawn_dataset / "val/coco_keypoints.json").unlink()
    written = write_start(drawn_dataset, tmp_path / "b", gpu=False)
    told = [shlex.split(command) for command in written.commands]
    assert not written.has_val
    assert ["--no-validate" in words for words in told] == [True, True, False]


def test_boxes_of_built_in_categories_train_a_detector_alone(drawn_dataset, tmp_path):
    for split in ("train", "val"):
        path = drawn_dataset / split / "coco_keypoints.json"
        content = json.loads(path.read_text())
        for row in content["annotations"]:
            del row["keypoints"], row["num_keypoints"]
        for row in content["categories"]:
            row.pop("keypoints"), row.pop("skeleton", None)
        path.write_text(json.dumps(content))
    written = write_start(drawn_dataset, tmp_path / "start", gpu=False)
    assert [path.name for path in written.configs] == ["detector.py"]
    taxonomy = read_taxonomy(written.taxonomy)
    assert (taxonomy.classes, taxonomy.num_slots) == (SURGICAL.classes, 0)
    assert "--save-boxes" in written.commands[-1] and "--models" not in written.commands[-1]
    config = load_config(written.configs[0], None, drawn_dataset)
    settle_taxonomy(config, written.taxonomy)
    assert require_data(config) == [], "the training takes the data"


def test_files_that_are_there_are_kept(drawn_dataset, tmp_path):
    (tmp_path / "pose.py").write_text("mine")
    with pytest.raises(InputError, match="pose.py: is there already"):
        write_start(drawn_dataset, tmp_path, gpu=False)
    assert (tmp_path / "pose.py").read_text() == "mine"
    assert not (tmp_path / "detector.py").exists()


def test_a_folder_without_training_data_is_refused(tmp_path):
    with pytest.raises(InputError, match="train/coco_keypoints.json: no such file"):
        write_start(tmp_path, tmp_path / "start", gpu=False)
