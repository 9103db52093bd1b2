"""Checkpoints that MMPose trained load as they are, and answer as they do there.

The networks are built by the host from its own recipes with random weights, and saved as the host
saves them. The reference is the host's own `inference_topdown`.
"""

import json
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import cv2
import numpy as np
import pytest
import torch
from mmengine.hub import get_config

import surgtools.register  # noqa: F401
from surgtools.cli import main

RECIPES = {
    "rtmpose-s_60e_coco-person-256x192":
        "rtmpose/coco/rtmpose-s_8xb256-420e_coco-256x192.py",
    "vitpose-s_60e_coco-person-256x192":
        "topdown_heatmap/coco/td-hm_ViTPose-small_8xb64-210e_coco-256x192.py",
}  # fmt: skip
"""Config of the package to the host's recipe."""

BOXES = [[12.3, 20.7, 110.9, 240.2], [201.17, 33.31, 390.02, 512.66], [30.5, 10.1, 420.4, 1185.9]]
"""The last has to shrink five times; none lies on eighths of a pixel."""


def build_host(recipe: str):
    """The host's model with random weights that answer something."""
    from mmpose.apis import init_model
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    config = get_config(f"mmpose::body_2d_keypoint/{recipe}")
    config.model.backbone.init_cfg = None
    if "norm_cfg" in config.model.backbone:
        config.model.backbone.norm_cfg = dict(type="BN")  # as on one card
    torch.manual_seed(0)
    model = init_model(config, None, device="cpu")
    heatmaps = "UDP" in type(model.head.decoder).__name__
    for name, weights in model.head.named_parameters():
        if weights.ndim > 1:
            # heatmaps beyond 50 are cut off by the host, and no peak is left to be found
            last = 0.03 if heatmaps else 0.5
            torch.nn.init.normal_(weights, std=last if "final" in name else 0.05)
    if heatmaps:
        torch.nn.init.ones_(model.head.final_layer.bias)
    model.dataset_meta = parse_pose_metainfo({"from_file": "configs/_base_/datasets/coco.py"})
    return model


def save_as_host(model, path: Path) -> Path:
    """What MMEngine's checkpoint hook leaves of a training."""
    meta = {"cfg": model.cfg.pretty_text, "dataset_meta": model.dataset_meta, "epoch": 420}
    torch.save({"meta": meta, "state_dict": model.state_dict(), "optimizer": {}}, path)
    return path


def draw_picture(folder: Path) -> Path:
    """Blobs of every size, so that every crop shows something else."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    parts = (rng.uniform(0, 85, (cells, cells, 3)) for cells in (5, 40, 600))
    picture = sum(cv2.resize(part, (450, 1200), interpolation=cv2.INTER_CUBIC) for part in parts)
    cv2.imwrite(str(folder / "picture.png"), picture.clip(0, 255).astype(np.uint8))
    return folder / "picture.png"


def predict(picture: Path, config: str, weights: Path, out: Path, *flags: str) -> np.ndarray:
    """(N, 17, 2) keypoints by the command, in boxes from a file."""
    boxes = [{"bbox": box, "category_id": 1} for box in BOXES]
    rows = [{"image": picture.name, "instances": boxes}]
    (out.parent / "boxes.json").write_text(json.dumps({"instance_info": rows}))
    asked = ["--pose2d", config, "--pose2d-weights", str(weights), "--out-dir", str(out)]
    given = ["--boxes", str(out.parent / "boxes.json"), "--bbox-thr", "0", "--no-draw"]
    assert main(["predict", str(picture), *asked, *given, *flags]) == 0
    content = json.loads((out / "predictions.json").read_text())
    assert "det_model" not in content["meta_info"]["models"]
    (row,) = content["instance_info"]
    assert [one["category_name"] for one in row["instances"]] == ["person"] * len(BOXES)
    assert [one["bbox"] for one in row["instances"]] == BOXES
    return np.array([one["keypoints"] for one in row["instances"]])


@pytest.mark.parametrize("config", RECIPES)
def test_it_answers_as_in_the_host(config, tmp_path):
    from mmpose.apis import inference_topdown

    model = build_host(RECIPES[config])
    weights = save_as_host(model, tmp_path / "host.pth")
    # Random heatmaps are nearly flat, so the last digits of a sum move their peaks. In the memory
    # format of `predict` the same kernels run, on every processor.
    model.to(memory_format=torch.channels_last)
    picture = draw_picture(tmp_path / "pictures")
    image = cv2.imread(str(picture))
    for flip, flags in ((True, []), (False, ["--no-flip-test"])):
        model.cfg.model.test_cfg.flip_test = model.test_cfg["flip_test"] = flip
        samples = inference_topdown(model, image, np.array(BOXES, np.float32))
        expected = np.concatenate([sample.pred_instances.keypoints for sample in samples])
        found = predict(picture, config, weights, tmp_path / f"flip_{flip}", *flags)
        assert np.ptp(expected, axis=1).min() > 20  # the answers are places, not one corner
        # predictions.json has two decimals
        np.testing.assert_allclose(found, expected, atol=0.005 + 1e-3)


@pytest.mark.slow
def test_published_weights_answer_as_in_the_host(tmp_path):
    from mmpose.apis import inference_topdown, init_model

    config = next(iter(RECIPES))
    recipe = get_config(f"mmpose::body_2d_keypoint/{RECIPES[config]}", pretrained=True)
    weights = tmp_path / "published.pth"
    try:
        with urlopen(recipe.model_path) as answer:
            weights.write_bytes(answer.read())
    except (URLError, OSError) as error:
        pytest.skip(f"the published weights cannot be fetched here: {error}")
    recipe.model.backbone.norm_cfg = dict(type="BN")
    model = init_model(recipe, str(weights), device="cpu")
    picture = draw_picture(tmp_path / "pictures")
    samples = inference_topdown(model, cv2.imread(str(picture)), np.array(BOXES, np.float32))
    expected = np.concatenate([sample.pred_instances.keypoints for sample in samples])
    found = predict(picture, config, weights, tmp_path / "out")
    np.testing.assert_allclose(found, expected, atol=0.005 + 1e-3)
