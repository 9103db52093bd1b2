"""From COCO on disk to the union layout in memory."""

import json
from pathlib import Path

import numpy as np
import pytest
from mmpose.datasets.datasets.base import BaseCocoStyleDataset

import surgtools.register  # noqa: F401
from surgtools.annotations.coco import CocoBuilder
from surgtools.datasets import InstrumentDataset
from surgtools.errors import InputError
from surgtools.metainfo import METAINFO, NUM_SLOTS, slots_of, union_flip_indices

HOLDER = np.array([[50, 60, 2], [20, 90, 1], [45, 10, 2], [80, 92, 2], [0, 0, 0]], float)
TWEEZERS = np.array([[90, 5, 2], [88, 40, 2], [86, 80, 2], [92, 40, 1], [94, 80, 1]], float)


@pytest.fixture
def folder(tmp_path):
    """Two pictures; the first holds one instrument of each category. No pixels are needed."""
    builder = CocoBuilder()
    first = builder.add_image("a.jpg", 100, 100, layer="a.png", video_id=3)
    builder.add_image("b.jpg", 100, 100)
    builder.add_annotation(first, 1, HOLDER, (15, 5, 70, 92))
    builder.add_annotation(first, 2, TWEEZERS, (84, 3, 12, 80))
    builder.write(tmp_path / "train/coco_keypoints.json")
    return tmp_path


def build(folder, **kwargs):
    return InstrumentDataset(
        data_root=str(folder),
        ann_file="train/coco_keypoints.json",
        data_prefix={"img": "train/images/"},
        **kwargs,
    )


def test_each_category_lands_in_its_own_slots(folder):
    holder, tweezers = (build(folder)[i] for i in range(2))
    assert holder["keypoints"].shape == (1, NUM_SLOTS, 2)
    np.testing.assert_array_equal(holder["keypoints"][0, slots_of(1)], HOLDER[:, :2])
    np.testing.assert_array_equal(holder["keypoints"][0, slots_of(2)], 0)
    np.testing.assert_array_equal(tweezers["keypoints"][0, slots_of(2)], TWEEZERS[:, :2])
    assert (holder["category_id"], tweezers["category_id"]) == (1, 2)


def test_instruments_of_which_too_little_is_seen_are_no_samples(folder):
    assert [build(folder, min_keypoints=n).get_data_info(0)["category_id"] for n in (2, 3)] == [
        1
    ] * 2
    assert [len(build(folder, min_keypoints=n)) for n in (0, 3, 4)] == [2, 2, 0]


def test_hidden_and_visible_stay_apart(folder):
    holder = build(folder)[0]
    assert holder["keypoints_visibility"][0, slots_of(1)].tolist() == [2, 1, 2, 2, 0]
    assert holder["keypoints_visible"][0, slots_of(1)].tolist() == [1, 1, 1, 1, 0]
    assert holder["keypoints_visible"][0, slots_of(2)].tolist() == [0] * 5
    assert holder["num_keypoints"] == 4


def test_native_annotation_and_picture_facts_come_along(folder):
    holder = build(folder)[0]
    assert holder["raw_ann_info"]["keypoints"] == HOLDER.ravel().tolist()
    assert holder["img_path"] == str(folder / "train/images/a.jpg")
    assert holder["layer_path"] == str(folder / "train/layers/a.png")
    assert (holder["height"], holder["width"], holder["video_id"]) == (100, 100, 3)
    assert holder["flip_indices"] == union_flip_indices()


def test_detected_boxes_of_every_category_are_kept(folder):
    results = [
        {"image_id": 1, "category_id": 2, "bbox": [84, 3, 12, 80], "score": 0.9},
        {"image_id": 2, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.4},
    ]
    (folder / "boxes.json").write_text(json.dumps(results))
    dataset = build(folder, bbox_file=str(folder / "boxes.json"), test_mode=True)
    assert [dataset[i]["category_id"] for i in range(len(dataset))] == [2, 1]
    assert dataset[0]["bbox"].tolist() == [[84, 3, 96, 83]]
    assert dataset[0]["bbox_score"] == pytest.approx(0.9)
    assert dataset[1]["img_path"].endswith("b.jpg")


def test_the_host_loses_category_two(folder):
    """Why the override exists: the stock loader keeps category 1 only."""

    class Stock(BaseCocoStyleDataset):
        METAINFO = METAINFO

    results = [{"image_id": 1, "category_id": c, "bbox": [1, 1, 9, 9], "score": 1} for c in (1, 2)]
    (folder / "boxes.json").write_text(json.dumps(results))
    stock = Stock(
        data_root=str(folder),
        ann_file="train/coco_keypoints.json",
        bbox_file=str(folder / "boxes.json"),
        test_mode=True,
    )
    ours = build(folder, bbox_file=str(folder / "boxes.json"), test_mode=True)
    assert (len(stock), len(ours)) == (1, 2)


@pytest.mark.parametrize(
    ("results", "message"),
    [
        ({}, "a list of COCO results is expected, got dict"),
        ([{"image_id": 1}], "result 0 needs image_id, category_id, bbox"),
        ([{"image_id": 9, "category_id": 1, "bbox": [0, 0, 1, 1]}], "belongs to image 9"),
        ([{"image_id": 1, "category_id": 7, "bbox": [0, 0, 1, 1]}], "category 7 is unknown"),
    ],
)
def test_broken_box_files_are_named(folder, results, message):
    (folder / "boxes.json").write_text(json.dumps(results))
    with pytest.raises(InputError, match=message):
        build(folder, bbox_file=str(folder / "boxes.json"), test_mode=True)


def test_missing_annotation_file(tmp_path):
    with pytest.raises(InputError, match="coco_keypoints.json: no such file"):
        build(tmp_path)


def test_dataset_without_instances_is_empty(tmp_path):
    builder = CocoBuilder()
    builder.add_image("a.jpg", 10, 10)
    builder.write(tmp_path / "train/coco_keypoints.json")
    assert len(build(tmp_path)) == 0


def test_negatives_follow_the_instruments_without_keypoints(folder):
    path = folder / "train/coco_keypoints.json"
    content = json.loads(path.read_text())
    content["images"][1]["distractors"] = [{"name": "scissors", "bbox": [10, 20, 60, 30]}]
    path.write_text(json.dumps(content))
    assert len(build(folder)) == 2
    dataset = build(folder, negatives={"background_share": 0})
    assert len(dataset) == 3
    negative = dataset[2]
    assert negative["bbox"].tolist() == [[10, 20, 70, 50]]
    assert negative["img_path"].endswith("b.jpg")
    assert not negative["keypoints_visible"].any()
    assert not negative["keypoints_visibility"].any()
    assert negative["category_id"] in (1, 2)


def test_negatives_pass_through_the_pipeline_of_training(draw_dataset):
    from mmengine.registry import init_default_scope

    from surgtools.hosts.config_files import load_config

    path = next((Path(__file__).parents[2] / "configs/pose").glob("rtmpose-s*256x256.py"))
    settings = load_config(path).train_dataloader.dataset
    init_default_scope("mmpose")
    folder = draw_dataset(train=4)
    dataset = build(folder, negatives={"background_share": 2}, pipeline=settings.pipeline)
    present = [s["data_samples"].gt_instance_labels.presence_labels.sum() for s in dataset]
    assert [int(p) for p in present] == [1] * 8 + [0] * (len(dataset) - 8)
    assert len(dataset) > 8
