"""``metainfo=dict(from_file=...)``, as the hosts have it, names the skeleton of our datasets."""

import json

import pytest
from mmengine.config import Config

import surgtools.register  # noqa: F401
from surgtools.datasets import InstrumentDataset
from surgtools.errors import InputError
from surgtools.hosts.config_taxonomy import config_taxonomy
from surgtools.hosts.metainfo_file import metainfo_file
from surgtools.taxonomy.in_configs import to_taxonomy
from surgtools.training.settle_taxonomy import settle_taxonomy

FILE = "configs/_base_/datasets/coco.py"


@pytest.fixture
def people(tmp_path):
    """A dataset folder with one person."""
    row = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50], "area": 2500}
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 60, "height": 60}],
        "categories": [{"id": 1, "name": "person"}],
        "annotations": [row | {"iscrowd": 0, "num_keypoints": 17, "keypoints": [20, 30, 2] * 17}],
    }
    path = tmp_path / "train/coco_keypoints.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content))
    return tmp_path


def test_a_dataset_reads_the_hosts_file_unchanged(people):
    options = {"data_root": str(people), "ann_file": "train/coco_keypoints.json", "pipeline": []}
    dataset = InstrumentDataset(metainfo={"from_file": FILE}, **options)
    assert dataset.taxonomy.get("person").num_keypoints == 17
    assert dataset.metainfo["flip_indices"][:3] == [0, 2, 1]
    assert dataset.metainfo["sigmas"][0] == pytest.approx(0.026)
    assert dataset[0]["keypoints"].shape == (1, 17, 2)


def test_two_taxonomies_live_beside_each_other(people):
    options = {"data_root": str(people), "ann_file": "train/coco_keypoints.json"}
    first = InstrumentDataset(metainfo={"from_file": FILE}, lazy_init=True, **options)
    second = InstrumentDataset(lazy_init=True, **options)
    assert (first.taxonomy.num_slots, second.taxonomy.num_slots) == (17, 10)
    assert len(first.metainfo["flip_indices"]) == 17 and len(second.metainfo["sigmas"]) == 10


def test_a_training_takes_it_for_all_its_parts(people):
    dataset = dict(
        type="InstrumentDataset",
        data_root=str(people),
        ann_file="train/coco_keypoints.json",
        metainfo=dict(from_file=FILE),
    )
    head = dict(type="InstrumentRTMCCHead")
    config = Config(dict(model=dict(head=head), train_dataloader=dict(dataset=dataset)))
    assert settle_taxonomy(config) == []
    assert config_taxonomy(config).classes == ("person",)
    assert len(to_taxonomy(config.model.head.taxonomy).categories[0].keypoints) == 17


def test_a_file_that_is_nowhere_is_refused():
    assert metainfo_file(None) is None
    with pytest.raises(InputError, match="nowhere.py: metainfo.from_file names no file"):
        metainfo_file({"from_file": "nowhere.py"})
