import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from mmengine.registry import MODELS, DefaultScope

from surgtools import export
from surgtools.errors import InputError
from surgtools.export import OPSET, export_models, measure_parity
from surgtools.hosts.config_files import load_config
from surgtools.images import read_image
from surgtools.prediction.backends.onnx_backend import onnx_detector, onnx_one_stage, onnx_pose
from surgtools.prediction.backends.torch_backend import TorchNetwork, torch_detector, torch_pose
from surgtools.prediction.models import Models
from surgtools.prediction.networks import load_detector, load_pose
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.in_configs import KEY, to_config, to_taxonomy

ROOT = Path(__file__).resolve().parents[1]
ONE_STAGE = ROOT / "configs/one_stage/rtmo-tiny_60e_instruments-416x416.py"


@pytest.fixture(scope="module")
def exported(random_models, tmp_path_factory):
    return export_models(
        Models(**random_models), tmp_path_factory.mktemp("exported"), for_rtmlib=True
    )


@pytest.fixture
def pictures():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (4, 20, 24, 3), np.uint8)
    return [np.kron(image, np.ones((12, 12, 1), np.uint8)) for image in noise]


def test_the_same_input_gives_the_same_output(random_models, exported):
    rng = np.random.default_rng(0)
    for load, run, side in (
        (load_detector, onnx_detector, 320),
        (load_pose, onnx_pose, 256),
    ):
        kind = "det_model" if load is load_detector else "pose2d"
        weights = random_models["det_weights" if kind == "det_model" else "pose2d_weights"]
        network = TorchNetwork(*load(random_models[kind], weights))
        batch = rng.normal(size=(2, 3, side, side)).astype(np.float32)
        for ours, theirs in zip(network(batch), run(exported)(batch), strict=True):
            assert ours.shape == theirs.shape
            np.testing.assert_allclose(ours, theirs, atol=1e-3 * np.abs(ours).max())


def test_parity_finds_the_same_instances(tmp_path):
    """Trained networks: where untrained ones put keypoints turns on the last digit."""
    models = Models.find("fast")
    sheet = read_image(ROOT / "docs" / "overview.jpg")
    tiles = [tile for row in np.array_split(sheet, 3) for tile in np.array_split(row, 3, axis=1)]
    tiles = [np.ascontiguousarray(tile) for tile in tiles]
    parity = measure_parity(export_models(models, tmp_path / "fast"), tiles, models)
    assert parity.pictures == 9
    assert parity.instances > 2
    assert parity.same_instances
    assert parity.max_box_px < 0.5
    assert parity.max_keypoint_px < 0.5


def test_parity_notices_another_model(random_models, exported, pictures, tmp_path):
    checkpoint = torch.load(random_models["pose2d_weights"])
    checkpoint["state_dict"]["head.cls_x.weight"].neg_()
    torch.save(checkpoint, tmp_path / "other.pth")
    other = random_models | {"pose2d_weights": str(tmp_path / "other.pth")}
    assert measure_parity(exported, pictures[:1], Models(**other)).max_keypoint_px > 1


@pytest.mark.parametrize("name", ["detector.onnx", "pose.onnx", "pose_rtmlib.onnx"])
def test_graphs_are_standard_with_a_dynamic_batch(exported, name):
    model = onnx.load(str(exported / name))
    assert {(o.domain, o.version) for o in model.opset_import} == {("", OPSET)}
    for value in (*model.graph.input, *model.graph.output):
        assert value.type.tensor_type.shape.dim[0].dim_param == "batch"


def test_the_file_for_rtmlib_has_its_two_outputs(exported):
    model = onnx.load(str(exported / "pose_rtmlib.onnx"))
    assert [o.name for o in model.graph.output] == ["simcc_x", "simcc_y"]
    assert [o.type.tensor_type.shape.dim[2].dim_value for o in model.graph.output] == [512, 512]


def test_meta_says_how_to_feed_and_read_the_models(exported):
    meta = json.loads((exported / "meta.json").read_text())
    assert meta["opset"] == OPSET
    assert meta["detector"]["answers"] == ["needle_holder", "tweezers"]
    assert meta["pose"]["outputs"] == ["simcc_x", "simcc_y", "visibility", "presence"]
    assert len(meta["pose"]["answers"]) == 10
    assert to_taxonomy(meta["pose"]["taxonomy"]) == SURGICAL


def test_a_vitpose_is_exported_and_answers_as_torch_does(random_vitpose, tmp_path):
    folder = export_models(Models(**random_vitpose), tmp_path / "onnx")
    pose2d, weights = (random_vitpose[key] for key in ("pose2d", "pose2d_weights"))
    network = TorchNetwork(*load_pose(pose2d, weights))
    exported = onnx_pose(folder)
    assert exported.spec == network.spec
    for count in (1, 3):
        batch = np.random.default_rng(count).normal(size=(count, 3, 256, 256)).astype(np.float32)
        for ours, theirs in zip(network(batch), exported(batch), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-3 * np.abs(ours).max())


def test_heatmaps_are_not_offered_to_rtmlib(random_vitpose, tmp_path):
    with pytest.raises(InputError, match="rtmlib wants SimCC"):
        export_models(Models(**random_vitpose), tmp_path / "out", for_rtmlib=True)
    assert not (tmp_path / "out").exists()


def test_a_wrong_checkpoint_leaves_no_folder(random_models, tmp_path):
    wrong = random_models | {"pose2d_weights": random_models["det_weights"]}
    with pytest.raises(InputError, match="another model"):
        export_models(Models(**wrong), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_holds_one_export_whatever_lay_there(random_models, tmp_path):
    """A graph of another export would be taken for a part of this one."""
    for name in ("one_stage.onnx", "detector_beside.onnx", "pose_rtmlib.onnx", "my.onnx"):
        (tmp_path / name).write_text("of another export")
    folder = export_models(Models(**random_models), tmp_path)
    names = {path.name for path in folder.iterdir()}
    assert names == {"detector.onnx", "pose.onnx", "meta.json", "my.onnx"}
    assert not Models.find(folder).is_one_stage


def test_an_interrupted_export_leaves_the_one_before(random_models, tmp_path, monkeypatch):
    """A new detector beside an old pose model would answer, and wrongly."""
    folder = export_models(Models(**random_models), tmp_path)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    traced = []

    def trace_one(network, input_size, outputs, path):
        if traced:
            raise KeyboardInterrupt
        traced.append(Path(path).write_bytes(b"of another network"))

    monkeypatch.setattr(export, "trace", trace_one)
    monkeypatch.setattr(export.onnx, "load", lambda path: onnx.ModelProto())
    monkeypatch.setattr(export.onnx.checker, "check_model", lambda graph: None)
    with pytest.raises(KeyboardInterrupt):
        export_models(Models(**random_models), tmp_path)
    assert traced and {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_one_network_takes_the_place_of_an_exported_pair(tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("detector.onnx", "pose.onnx", "pose_rtmlib.onnx"):
        (tmp_path / "out" / name).write_text("of another export")
    with DefaultScope.overwrite_default_scope("mmdet"):
        state = MODELS.build(load_config(ONE_STAGE).model).state_dict()
    torch.save({"state_dict": state}, tmp_path / "weights.pth")
    folder = export_models(Models(ONE_STAGE, tmp_path / "weights.pth"), tmp_path / "out")
    assert {path.name for path in folder.iterdir()} == {"one_stage.onnx", "meta.json"}
    exported = onnx_one_stage(Models.find(folder))
    for count in (1, 3):
        outputs = exported(np.zeros((count, 3, 416, 416), np.float32))
        assert [len(output) for output in outputs] == [count] * len(exported.spec.outputs)


def test_the_detector_beside_another_goes_along(random_models, tmp_path):
    config = tmp_path / "joined.py"
    config.write_text(
        f"_base_ = {str(random_models['det_model'])!r}\n"
        "beside = dict(model='rtmdet-tiny_instruments', smallest=0.5, largest=0.6)\n"
    )
    models = Models(**{**random_models, "det_model": config})
    folder = export_models(models, tmp_path / "exported")
    beside = onnx_detector(folder).beside
    assert (beside.smallest, beside.largest) == (0.5, 0.6)
    ours = torch_detector(*models.files("detector")).beside.backend
    batch = np.random.default_rng(0).normal(size=(1, 3, 320, 320)).astype(np.float32)
    for mine, theirs in zip(ours(batch), beside.backend(batch), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-3 * np.abs(mine).max())
    assert onnx_detector(export_models(Models(**random_models), tmp_path / "alone")).beside is None


def test_the_second_opinion_of_a_pose_model_goes_along(random_models, tmp_path):
    config = tmp_path / "confirmed.py"
    config.write_text(
        f"_base_ = {str(random_models['pose2d'])!r}\n"
        "second_opinion = dict(\n"
        "    model='rtmpose-s_instruments', most_boxes=9, counted_from=0.3\n"
        ")\n"
    )
    models = Models(**{**random_models, "pose2d": config})
    folder = export_models(models, tmp_path / "exported")
    second = onnx_pose(folder).second_opinion
    assert (second.most_boxes, second.counted_from) == (9, 0.3)
    ours = torch_pose(*models.files("pose")).second_opinion.backend
    assert second.backend.spec == ours.spec
    batch = np.random.default_rng(0).normal(size=(1, 3, 256, 256)).astype(np.float32)
    for mine, theirs in zip(ours(batch), second.backend(batch), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-3 * np.abs(mine).max())
    alone = onnx_pose(export_models(Models(**random_models), tmp_path / "exported"))
    assert alone.second_opinion is None
    assert not (tmp_path / "exported" / "pose_second.onnx").exists()


def test_networks_of_different_taxonomies_are_refused_before_a_graph_is_written(
    random_models, tmp_path
):
    """Both a pair, and a network whose config names one that knows other instruments."""
    own = Taxonomy("mine", tuple(replace(c, name=f"my_{c.name}") for c in SURGICAL.categories))
    changed = dict(random_models)
    for name in ("det_weights", "pose2d_weights"):
        checkpoint = torch.load(random_models[name], weights_only=True)
        checkpoint["meta"] = {"dataset_meta": {KEY: to_config(own)}}
        changed[name] = str(tmp_path / f"{name}.pth")
        torch.save(checkpoint, changed[name])
    out = tmp_path / "exported"
    with pytest.raises(InputError, match=r"the detector .*\(my_needle_holder.* give two networks"):
        export_models(Models(**{**random_models, "det_weights": changed["det_weights"]}), out)
    config = tmp_path / "helped.py"
    for key, name, line in (
        ("beside", "det_model", "model='rtmdet-tiny_instruments', smallest=0, largest=1"),
        ("second_opinion", "pose2d", "model='rtmpose-s_instruments'"),
    ):
        config.write_text(f"_base_ = {random_models[name]!r}\n{key} = dict({line})\n")
        with pytest.raises(InputError, match=f"that `{key}` names .*; leave `{key}` out of its"):
            export_models(Models(**{**changed, name: config}), out)
    assert not out.exists()
