"""The hosts' recipes learn from our data, at the size of our networks."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, MODELS, init_default_scope

import surgtools.register  # noqa: F401
from surgtools.hosts.config_files import load_config

_ROOT = Path(__file__).resolve().parents[2]
OURS = {
    "detector": "configs/detection/rtmdet-tiny_60e_instruments-320x320.py",
    "pose": "configs/pose/rtmpose-s_60e_instruments-256x256.py",
}


@pytest.fixture
def module(monkeypatch):
    monkeypatch.syspath_prepend(str(_ROOT / "benchmarks"))
    import stock_recipes

    return stock_recipes


@pytest.mark.parametrize("network", OURS)
def test_the_recipe_takes_a_step_with_a_network_of_our_size(
    module, draw_dataset, tmp_path, network
):
    data = draw_dataset(train=4, val=1)
    make = {"detector": module.stock_detector, "pose": lambda d: module.stock_pose(d, tmp_path)}
    config = make[network](data)
    init_default_scope(config.default_scope)
    dataset = DATASETS.build(config.train_dataloader.dataset)
    model = MODELS.build(config.model)
    batch = model.data_preprocessor(pseudo_collate([dataset[0], dataset[1]]), True)
    side = {"detector": 320, "pose": 256}[network]
    assert batch["inputs"].shape == (2, 3, side, side)
    loss, _ = model.parse_losses(model(**batch, mode="loss"))
    assert torch.isfinite(loss)

    ours = load_config(_ROOT / OURS[network], data_root=data)
    init_default_scope(ours.default_scope)
    sizes = [sum(p.numel() for p in m.parameters()) for m in (model, MODELS.build(ours.model))]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)


def test_union_file_keeps_every_keypoint(module, draw_dataset, tmp_path):
    ann_file = draw_dataset(train=2, val=1) / "train/coco_keypoints.json"
    union = json.loads(module.write_union(ann_file, tmp_path).read_text())
    before = json.loads(ann_file.read_text())["annotations"]
    assert [row["category_id"] for row in union["annotations"]] == [1] * len(before)
    for row, own in zip(union["annotations"], before, strict=True):
        keypoints = np.reshape(row["keypoints"], (10, 3))
        slots = slice(0, 5) if own["category_id"] == 1 else slice(5, 10)
        assert keypoints[slots].ravel().tolist() == own["keypoints"]
        assert keypoints[:, 2].sum() == np.sum(own["keypoints"][2::3])
