"""``surgtools adapt`` to its end with real networks that were trained for other categories.

The networks are those of the fast pair; their checkpoints say that they were trained for drivers
and pincers, with names and ids of their own. The pictures are photographs, made small.
"""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from surgtools.annotations.taxonomies import find_taxonomy
from surgtools.cli import main
from surgtools.files import read_json
from surgtools.prediction.models import Models
from surgtools.taxonomy import SURGICAL, Taxonomy
from surgtools.taxonomy.files import FILE_NAME, write_taxonomy
from surgtools.taxonomy.in_configs import taxonomy_of

REAL = Path(__file__).resolve().parents[2] / "shared/real/tabletop/val"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not REAL.is_dir(), reason="needs the photographs of ../shared/real"),
]

SIDE = 320
"""Longer side of the pictures."""

BRIGHTNESS = (0.85, 1.12, 0.93, 1.0)
"""Of two pictures of the target and two of the source, of each photograph."""


def renamed(category, own_id, name):
    """A category with a new name and id, and keypoints that are called otherwise."""
    new = {key: f"{name}_{key}" for key in category.keypoints}
    pairs = {part: tuple(tuple(new[end] for end in pair) for pair in getattr(category, part))
             for part in ("swaps", "skeleton")}  # fmt: skip
    names = {part: tuple(new[key] for key in getattr(category, part))
             for part in ("keypoints", "base", "tips")}  # fmt: skip
    return replace(category, id=own_id, name=name, **pairs, **names)


HOLDER, TWEEZERS = SURGICAL.categories
OTHER = Taxonomy("other", (renamed(HOLDER, 9, "driver"), renamed(TWEEZERS, 4, "pincer")))
NEW_ID = {HOLDER.id: 9, TWEEZERS.id: 4}


def write_pictures(root):
    """A source whose train and val are the photographs, and a target of their like."""
    content = read_json(REAL / "coco_keypoints.json")
    own = {row["image_id"]: row for row in content["annotations"]}
    tables = {"images": [], "annotations": [], "categories": OTHER.to_coco_categories()}
    for folder in ("target", "source/train/images", "source/val/images"):
        (root / folder).mkdir(parents=True)
    for image in content["images"]:
        picture = cv2.imread(str(REAL / "images" / image["file_name"]))
        scale = SIDE / max(picture.shape[:2])
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        for number, share in enumerate(BRIGHTNESS):
            name = f"{Path(image['file_name']).stem}_{number}.png"
            brighter = cv2.convertScaleAbs(picture, alpha=share)
            if number < 2:
                cv2.imwrite(str(root / "target" / name), brighter)
                continue
            for part in ("train", "val"):
                cv2.imwrite(str(root / "source" / part / "images" / name), brighter)
            size = {"width": picture.shape[1], "height": picture.shape[0]}
            ids = {"id": len(tables["images"]) + 1, "image_id": len(tables["images"]) + 1}
            tables["images"].append({"id": ids["id"], "file_name": name, **size})
            tables["annotations"].append({**scaled(own[image["id"]], scale), **ids})
    for part in ("train", "val"):
        (root / "source" / part / "coco_keypoints.json").write_text(json.dumps(tables))
    write_taxonomy(OTHER, root / "source" / FILE_NAME)


def scaled(row, scale):
    """An annotation of a smaller picture, under the other category."""
    keypoints = [v * scale if at % 3 < 2 else v for at, v in enumerate(row["keypoints"])]
    x, y, width, height = (value * scale for value in row["bbox"])
    return {
        **{"category_id": NEW_ID[row["category_id"]], "bbox": [x, y, width, height]},
        **{"area": width * height, "iscrowd": 0, "num_keypoints": row["num_keypoints"]},
        "keypoints": keypoints,
    }


def write_pair(root):
    """The fast pair, whose checkpoints name the other categories; words that name it."""
    import torch

    words = []
    for role, flags in (
        ("detector", ("--det-model", "--det-weights")),
        ("pose", ("--pose2d", "--pose2d-weights")),
    ):
        config, weights = Models.find("fast").files(role)
        content = torch.load(weights, map_location="cpu", weights_only=False)
        content["meta"] = {"dataset_meta": {"taxonomy": OTHER.to_dict()}}
        torch.save(content, root / f"{role}.pth")
        words += [flags[0], config, flags[1], root / f"{role}.pth"]
    return list(map(str, words))


def test_a_pair_of_other_categories_is_adapted_and_predicts_them(tmp_path):
    import torch

    write_pictures(tmp_path)
    out = tmp_path / "out"
    assert find_taxonomy(tmp_path / "source")[0] == OTHER
    words = ["adapt", tmp_path / "target", "--source", tmp_path / "source", "--out-dir", out]
    short = ["--only", "pose", "--epochs", "1", "--epoch-length", "4", "--workers", "0"]
    assert main([*map(str, words), *short, *write_pair(tmp_path)]) in (0, 1)
    stage = read_json(out / "adapt.json")["stages"][0]
    assert stage["role"] == "pose" and stage["reason"]
    labels = [read_json(path) for path in out.rglob("pseudo_labels/*.json")]
    assert labels and all(row["categories"] == OTHER.to_coco_categories() for row in labels)
    assert all(row["annotations"] for row in labels)
    for role in ("detector", "pose"):
        meta = torch.load(out / f"{role}.pth", map_location="cpu", weights_only=False)["meta"]
        assert taxonomy_of(meta["dataset_meta"]) == OTHER
    pictures = sorted((tmp_path / "source/val/images").glob("*_3.png"))[::8]
    words = ["predict", *pictures, "--models", out, "--out-dir", tmp_path / "found", "--no-draw"]
    assert main([str(word) for word in words]) == 0
    found = read_json(tmp_path / "found/predictions.json")
    assert found["meta_info"]["categories"] == OTHER.to_coco_categories()
    frames = found["instance_info"]
    names = {row["category_name"] for frame in frames for row in frame["instances"]}
    assert names and names <= {"driver", "pincer"}
