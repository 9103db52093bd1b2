"""Samples bring other pictures along, the same ones for the same seed."""

import json

import cv2
import numpy as np
import pytest
from mmengine.registry import init_default_scope
from pycocotools import mask as rle

import surgtools.register  # noqa: F401
from surgtools.annotations.coco import CocoBuilder
from surgtools.datasets import ComposedDetDataset
from surgtools.errors import InputError

PIPELINE = [
    {"type": "ComposeFrame", "size": (96, 96), "extent": (0.3, 0.8), "scene_prob": 0.3},
    {"type": "TheatreLight"},
    {"type": "RandomPhotometric"},
    {"type": "PackDetInputs", "meta_keys": ("img_id",)},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three pictures with layers: tweezers, a bar without label, tweezers."""
    root = tmp_path_factory.mktemp("data")
    builder = CocoBuilder()
    for name in ("images", "layers"):
        (root / "train" / name).mkdir(parents=True)
    for number in range(3):
        layer = np.zeros((64, 64, 4), np.uint8)
        layer[30:34, 8:56] = (60 * number, 130, 140, 255)
        cv2.imwrite(str(root / f"train/layers/{number}.png"), layer)
        cv2.imwrite(str(root / f"train/images/{number}.png"), layer[..., :3])
        image = builder.add_image(f"{number}.png", 64, 64, layer=f"{number}.png")
        if number != 1:
            keypoints = [[8, 32, 2], [30, 31, 2], [55, 30, 2], [30, 33, 2], [55, 33, 2]]
            mask = rle.encode(np.asfortranarray(layer[..., 3] // 255))
            mask["counts"] = mask["counts"].decode()
            builder.add_annotation(
                image, 2, np.array(keypoints, float), (8, 30, 48, 4), segmentation=mask
            )
    (root / "train/coco_keypoints.json").write_text(json.dumps(builder.to_dict()))
    return root


def build(folder, pipeline=(), **settings):
    init_default_scope("mmdet")
    return ComposedDetDataset(
        data_root=str(folder),
        ann_file="train/coco_keypoints.json",
        data_prefix={"img": "train/images/"},
        pipeline=list(pipeline),
        **settings,
    )


def test_an_epoch_has_the_length_asked_for_and_starts_again(folder):
    dataset = build(folder, length=7)
    assert len(dataset) == 7
    assert dataset[4]["img_id"] == dataset[1]["img_id"]
    assert len(build(folder)) == 3


def test_companions_are_other_samples_that_follow_the_seed(folder):
    dataset = build(folder, num_companions=2)
    dataset.set_epoch(5, 0)
    names = [[c["img_id"] for c in dataset[0]["companions"]] for _ in range(2)]
    assert names[0] == names[1]
    assert len(names[0]) == 2
    later = []
    for epoch in range(6):
        dataset.set_epoch(5, epoch)
        later.append(tuple(c["img_id"] for c in dataset[0]["companions"]))
    assert len(set(later)) > 1


def test_visible_area_counts_the_pixels_of_the_mask(folder):
    assert build(folder)[0]["instances"][0]["visible_area"] == 4 * 48


def test_the_same_seed_makes_the_same_picture(folder):
    dataset = build(folder, PIPELINE)
    pictures = []
    for seed in (1, 1, 2):
        dataset.set_epoch(seed, 0)
        pictures.append(dataset[2]["inputs"].numpy())
    assert (pictures[0] == pictures[1]).all()
    assert (pictures[0] != pictures[2]).any()


def test_pictures_without_layers_are_refused_only_where_they_would_be_composed(folder, tmp_path):
    content = json.loads((folder / "train/coco_keypoints.json").read_text())
    for image in content["images"]:
        del image["layer"]
    (tmp_path / "train").mkdir()
    (tmp_path / "train/images").symlink_to(folder / "train/images")
    (tmp_path / "train/coco_keypoints.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match="no image names a `layer`; render with .* --layers`"):
        build(tmp_path, PIPELINE)
    assert len(build(tmp_path)) == 3
