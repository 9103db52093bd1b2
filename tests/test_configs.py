"""Every config builds, trains one step and predicts on the CPU."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import pseudo_collate
from mmengine.registry import DATASETS, MODELS, init_default_scope

import surgtools.register  # noqa: F401
from surgtools.evaluation.metrics.instrument_metric import to_results
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import config_taxonomy
from surgtools.taxonomy import COCO_PERSON, SURGICAL

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted(
    path
    for stage in ("detection", "one_stage", "pose")
    for path in (ROOT / "configs" / stage).glob("*.py")
)


def name(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", CONFIGS, ids=name)
def test_trains_one_step_and_predicts(path, request):
    taxonomy = config_taxonomy(load_config(path))
    assert taxonomy == (COCO_PERSON if "person" in path.stem else SURGICAL)
    drawn = "drawn_persons" if taxonomy == COCO_PERSON else "drawn_dataset"
    folder = request.getfixturevalue(drawn)
    config = load_config(path, data_root=folder)
    if config.train_dataloader.dataset.type == "ComposedDetDataset":
        add_layers(folder / "train")
    if path.parent.name == "one_stage":  # an untrained network detects as much as it may
        rtmo = config.model.type == "InstrumentRTMO"
        few = dict(box_detections_per_img=3, box_batch_size_per_image=8)
        config.model.update(dict(test_cfg=dict(max_candidates=3, score_thr=0)) if rtmo else few)
    init_default_scope(config.default_scope)
    torch.manual_seed(0)
    model = MODELS.build(config.model)
    train_set = DATASETS.build(config.train_dataloader.dataset)
    batch = model.data_preprocessor(pseudo_collate([train_set[i] for i in range(2)]), True)
    losses, _ = model.parse_losses(model(**batch, mode="loss"))
    losses.backward()
    assert torch.isfinite(losses)
    without = [n for n, p in model.named_parameters() if p.requires_grad and p.grad is None]
    assert not without

    model.eval()
    test_set = DATASETS.build(config.val_dataloader.dataset)
    with torch.no_grad():
        samples = model.test_step(pseudo_collate([test_set[i] for i in range(2)]))
    check = {"detection": check_boxes, "one_stage": check_one_stage, "pose": check_pose}
    for sample in samples:
        check[path.parent.name](sample, taxonomy)


def add_layers(folder):
    """Cut the drawn instruments out by their boxes, as layers that frames are composed of."""
    content = json.loads((folder / "coco_keypoints.json").read_text())
    (folder / "layers").mkdir()
    for image in content["images"]:
        picture = cv2.imread(str(folder / "images" / image["file_name"]))
        alpha = np.zeros((*picture.shape[:2], 1), np.uint8)
        for row in content["annotations"]:
            if row["image_id"] == image["id"]:
                x, y, width, height = map(int, row["bbox"])
                alpha[y : y + height, x : x + width] = 255
        image["layer"] = f"{image['id']}.png"
        cv2.imwrite(str(folder / "layers" / image["layer"]), np.dstack([picture, alpha]))
    (folder / "coco_keypoints.json").write_text(json.dumps(content))


def check_pose(sample, taxonomy):
    found = sample.pred_instances
    assert found.keypoints.shape == (1, taxonomy.num_slots, 2)
    foreign = np.ones(taxonomy.num_slots, bool)
    foreign[taxonomy.slots_of(sample.category_id)] = False
    for values in (found.keypoint_scores, found.keypoints_visible):
        assert values.shape == (1, taxonomy.num_slots)
        assert (values >= 0).all() and (values <= 1).all()
        assert (values[:, foreign] == 0).all()
    assert sample.metainfo["raw_ann_info"]["category_id"] == sample.category_id


def check_boxes(sample, taxonomy):
    found = sample.pred_instances
    assert found.bboxes.shape == (len(found), 4)
    assert found.labels.numel() == 0 or found.labels.max() < len(taxonomy.classes)
    assert sample.img_id is not None


def check_one_stage(sample, taxonomy):
    check_boxes(sample, taxonomy)
    found = sample.pred_instances
    assert found.keypoints.shape == (len(found), taxonomy.num_slots, 2)
    assert found.keypoint_scores.shape == (len(found), taxonomy.num_slots)
    for label, scores in zip(found.labels.tolist(), found.keypoint_scores, strict=True):
        own = taxonomy.slots_of(taxonomy.category_of(label))
        assert (scores[own] > 0).all() and scores.count_nonzero() == own.stop - own.start
    rows = to_results(sample.to_dict(), taxonomy)
    assert [row["category_id"] - 1 for row in rows] == found.labels.tolist()
    annotations = sample.metainfo["raw_ann_info"]
    assert [row["category_id"] for row in annotations] == [c.id for c in taxonomy.categories]


@pytest.mark.parametrize("path", CONFIGS, ids=name)
def test_names_live_in_metainfo_only(path):
    text = path.read_text()
    for taxonomy in (SURGICAL, COCO_PERSON):
        for category in taxonomy.categories:
            for word in (category.name, *category.keypoints):
                assert f'"{word}"' not in text


@pytest.mark.parametrize("path", CONFIGS, ids=name)
def test_at_most_two_own_levels(path):
    level = path
    for _ in range(2):
        own = [base for base in bases(level) if "::" not in base and "_base_" not in base]
        if not own:
            return
        level = (level.parent / own[0]).resolve()
    assert not [base for base in bases(level) if "::" not in base and "_base_" not in base]


def bases(path: Path) -> list[str]:
    scope: dict = {}
    text = path.read_text().replace("{{", '"').replace("}}", '"')
    exec(compile(text, str(path), "exec"), scope)
    found = scope.get("_base_", [])
    return [found] if isinstance(found, str) else found
