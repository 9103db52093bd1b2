"""Models are named by a word, a folder or files, and copied whole."""

from pathlib import Path

import pytest
import torch

from surgtools import zoo
from surgtools.errors import InputError
from surgtools.hosts.config_files import load_config
from surgtools.prediction.models import Models, one_network

ROOT = Path(__file__).resolve().parents[2]
DETECTOR = ROOT / "configs/detection/rtmdet-tiny_60e_instruments-320x320.py"
POSE = ROOT / "configs/pose/rtmpose-t_60e_instruments-256x256.py"
ONE_STAGE = ROOT / "configs/one_stage/rtmo-tiny_60e_instruments-416x416.py"


@pytest.fixture
def pair(tmp_path):
    (tmp_path / "base.py").write_text("a = 1\n")
    (tmp_path / "det.py").write_text("_base_ = './base.py'\nb = 2\n")
    (tmp_path / "pose.py").write_text("c = 3\n")
    for name in ("det", "pose"):
        torch.save({"state_dict": {"w": torch.zeros(1)}, "meta": {}}, tmp_path / f"{name}.pth")
    return Models(*(tmp_path / n for n in ("det.py", "det.pth", "pose.py", "pose.pth")))


def trained(folder: Path, config: Path, *checkpoints: str) -> Path:
    """What a training with that config would leave, its weights empty files."""
    folder.mkdir(parents=True)
    load_config(config).dump(folder / config.name)
    for name in checkpoints:
        (folder / name).touch()
    return folder


def test_pairs_of_the_package_have_names():
    fast, accurate = Models.find("fast"), Models.find("accurate")
    assert Models.find() == Models.find("general") != accurate != fast
    assert fast.det_weights == zoo.ZOO / f"{zoo.FAST_DETECTOR}.pth"
    assert accurate.pose2d == zoo.ZOO / f"{zoo.POSE}.py"
    assert Models.find().det_model == zoo.ZOO / f"{zoo.GENERAL_DETECTOR}.py"


def test_a_single_file_takes_the_place_of_that_part(pair):
    models = Models.find("fast", pose2d=pair.pose2d, pose2d_weights=pair.pose2d_weights)
    assert models.files("detector") == Models.find("fast").files("detector")
    assert models.files("pose") == pair.files("pose")
    weights = Models.find(det_weights=pair.det_weights)
    assert weights.files("detector") == (Models.find().det_model, pair.det_weights)


def test_what_write_leaves_is_found_by_its_folder_and_complete_in_itself(pair, tmp_path):
    copy = pair.write(tmp_path / "out")
    assert copy == Models.in_folder(tmp_path / "out") == Models.find(tmp_path / "out")
    config = load_config(copy.det_model)
    assert config.a == 1 and config.b == 2 and "_base_" not in copy.det_model.read_text()
    assert copy.pose2d_weights.read_bytes() == pair.pose2d_weights.read_bytes()


def test_the_best_checkpoints_of_two_trainings_make_a_pair(tmp_path):
    trained(tmp_path / "a", DETECTOR, "epoch_9.pth", "best_boxes_AP_epoch_5.pth")
    trained(tmp_path / "b", POSE, "epoch_9.pth", "epoch_10.pth", "last.pth")
    (tmp_path / "logs").mkdir()
    models = Models.find(tmp_path)
    assert models.det_model == tmp_path / "a" / DETECTOR.name
    assert models.det_weights == tmp_path / "a/best_boxes_AP_epoch_5.pth"
    assert models.pose2d_weights == tmp_path / "b/epoch_10.pth"
    assert one_network(tmp_path / "b") == models.files("pose")
    assert Models.find("fast", det_model=tmp_path / "a").det_weights == models.det_weights


def test_a_network_that_finds_keypoints_stands_alone(tmp_path):
    folder = trained(tmp_path / "one", ONE_STAGE, "epoch_1.pth")
    alone = Models(folder / ONE_STAGE.name, folder / "epoch_1.pth")
    assert Models.find(folder) == Models.find(det_model=folder) == alone
    assert list(alone.to_record()) == ["det_model"]
    with pytest.raises(InputError, match="one network for boxes and keypoints, adapt trains a"):
        alone.require_pair("adapt trains")


def test_one_network_is_written_and_found_by_its_folder(tmp_path):
    folder = trained(tmp_path / "one", ONE_STAGE, "epoch_1.pth")
    alone = Models(folder / ONE_STAGE.name, folder / "epoch_1.pth")
    assert alone.roles == ("one_stage",) and Models.find("fast").roles == ("detector", "pose")
    assert not Models.written_in(tmp_path / "out")
    copy = alone.write(tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["one_stage.pth", "one_stage.py"]
    assert Models.written_in(tmp_path / "out") and copy.is_one_stage
    assert copy == Models.in_folder(tmp_path / "out") == Models.find(tmp_path / "out")
    assert copy.files("one_stage") == (copy.det_model, copy.det_weights)
    other = tmp_path / "other.py", tmp_path / "other.pth"
    assert copy.with_part("one_stage", *other) == Models(*other)


def test_an_exported_folder_holds_both(tmp_path):
    (tmp_path / "meta.json").write_text("{}")
    models = Models.find(tmp_path)
    assert models == Models(exported=tmp_path)
    assert models.to_record() == {"exported": str(tmp_path)}
    with pytest.raises(InputError, match="holds ONNX files, bench runs a detector"):
        models.require_pair("bench runs")
    with pytest.raises(InputError, match="holds both models as ONNX; leave --det-m"):
        Models.find(tmp_path, det_model=DETECTOR)


def test_a_pair_of_the_package_runs_as_graphs_on_demand():
    models = Models.find("fast-onnx")
    names = (f"{zoo.FAST_DETECTOR}.onnx", f"{zoo.FAST_POSE}.onnx")
    assert (models.det_model.name, models.pose2d.name) == names and models.is_onnx
    assert models.only("pose").is_onnx and not Models.find("fast").is_onnx
    assert [len(files) for files in models.to_record().values()] == [1, 1]
    with pytest.raises(InputError, match="holds ONNX files, adapt trains a detector"):
        models.require_pair("adapt trains")
    with pytest.raises(InputError, match="fast-onnx: holds both models as ONNX; leave"):
        Models.find("fast-onnx", det_model=DETECTOR)


def test_one_network_of_the_package_runs_as_a_graph_on_demand():
    models, graph = Models.find("one-stage"), Models.find("one-stage-onnx")
    assert models.is_one_stage and not models.is_onnx and models.roles == ("one_stage",)
    assert graph.is_one_stage and graph.det_model.name == f"{zoo.ONE_STAGE}.onnx"
    assert list(graph.to_record()) == ["det_model"]
    assert not Models.find("fast-onnx").only("detector").is_one_stage
    with pytest.raises(InputError, match="holds ONNX files, adapt trains a detector"):
        graph.require_pair("adapt trains")


def test_where_torch_is_missing_the_pairs_of_the_package_are_graphs(monkeypatch, tmp_path):
    monkeypatch.setattr("surgtools.prediction.models.has_hosts", lambda: False)
    assert Models.find() == Models.find("general-onnx")
    assert Models.find("one-stage") == Models.find("one-stage-onnx")
    assert Models.find("fast", det_model=zoo.DETECTOR).det_model.name == f"{zoo.DETECTOR}.onnx"
    (tmp_path / "own.pth").touch()
    with pytest.raises(InputError, match="needs torch and MMPose, which `bash tools/env.sh`"):
        Models.find("fast", pose2d=zoo.POSE, pose2d_weights=tmp_path / "own.pth")


def test_names_and_files_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match="general or accurate or fast or one-stage is expected"):
        Models.find("good")
    with pytest.raises(InputError, match="nope/x.pth: no such folder, nor models of this name"):
        Models.find("nope/x.pth")
    (tmp_path / "x.pth").touch()
    with pytest.raises(InputError, match="x.pth: is a file; general or"):
        Models.find(tmp_path / "x.pth")
    with pytest.raises(InputError, match="nowhere.py: no such config"):
        Models.find(det_model="nowhere.py", det_weights="nowhere.pth")
    with pytest.raises(InputError, match="no training left a config"):
        one_network(tmp_path)


def test_one_part_is_exchanged(pair, tmp_path):
    other = pair.with_part("pose", tmp_path / "x.py", tmp_path / "x.pth")
    assert other.files("pose") == (tmp_path / "x.py", tmp_path / "x.pth")
    assert other.files("detector") == pair.files("detector")
    assert other.to_dict()["pose2d_weights"].endswith("x.pth")
