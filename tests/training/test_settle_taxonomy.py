"""Which taxonomy a training gets: the flag, the config, the folder, the categories."""

import json

from mmengine.config import Config

from surgtools.hosts.config_taxonomy import config_taxonomy
from surgtools.taxonomy import SURGICAL, Category, Taxonomy
from surgtools.taxonomy.files import write_taxonomy
from surgtools.taxonomy.in_configs import to_taxonomy
from surgtools.training.settle_taxonomy import settle_taxonomy

ROW = {"id": 7, "name": "pair", "keypoints": ["left_end", "right_end"]}


def named(name: str) -> Taxonomy:
    return Taxonomy(name, (Category(7, "pair", ("left_end", "right_end")),))


def config_of(folder, **more) -> Config:
    dataset = dict(type="InstrumentDetDataset", ann_file="train/coco_keypoints.json")
    path = folder / dataset["ann_file"]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": [], "annotations": [], "categories": [ROW]}))
    loader = dict(dataset=dict(**dataset, data_root=str(folder)))
    return Config(dict(train_dataloader=loader, **more))


def test_the_categories_of_the_data_and_what_was_guessed(tmp_path):
    config = config_of(tmp_path)
    notes = settle_taxonomy(config)
    assert config_taxonomy(config).get(7).swaps == (("left_end", "right_end"),)
    assert to_taxonomy(config.train_dataloader.dataset.taxonomy).classes == ("pair",)
    assert len(notes) == 1 and "swaps of pair guessed" in notes[0]


def test_the_flag_comes_before_the_config_and_both_before_the_folder(tmp_path):
    for name in ("flag", "config", "folder"):
        file = "taxonomy.yaml" if name == "folder" else f"{name}.yaml"
        write_taxonomy(named(name), tmp_path / file)
    config = config_of(tmp_path)
    settle_taxonomy(config)
    assert config_taxonomy(config).name == "folder"
    config = config_of(tmp_path, taxonomy=str(tmp_path / "config.yaml"))
    settle_taxonomy(config)
    assert config_taxonomy(config).name == "config"
    config = config_of(tmp_path, taxonomy=str(tmp_path / "config.yaml"))
    settle_taxonomy(config, tmp_path / "flag.yaml")
    assert config_taxonomy(config).name == "flag"


def test_plain_values_in_the_config_are_taken_as_they_are(tmp_path):
    config = config_of(tmp_path, taxonomy=named("values").to_dict())
    assert settle_taxonomy(config) == []
    assert config_taxonomy(config) == named("values")


def test_without_data_the_config_stays_as_it_is():
    config = Config(dict(model=dict(type="InstrumentRTMDetHead")))
    settle_taxonomy(config)
    assert config_taxonomy(config) is SURGICAL
    assert "taxonomy" not in config.model
