"""A taxonomy reaches every part of a config that counts categories or keypoints."""

import pytest
import torch

import surgtools.register  # noqa: F401
from surgtools.configs import CONFIG_DIR
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import config_taxonomy, set_taxonomy, take_taxonomy
from surgtools.taxonomy import COCO_PERSON, SURGICAL, Category, Taxonomy
from surgtools.taxonomy.in_configs import to_taxonomy

DOTS = Taxonomy("dots", (Category(4, "dot", ("a", "b")), Category(2, "box")))


def test_the_built_in_taxonomy_changes_nothing():
    config = load_config("rtmpose-t_60e_instruments-256x256")
    before = config.pretty_text
    set_taxonomy(config, SURGICAL)
    assert config.pretty_text == before
    assert config_taxonomy(config) == SURGICAL


def test_a_pose_config_gets_it_in_head_codec_and_datasets():
    config = load_config("rtmpose-t_60e_instruments-256x256")
    set_taxonomy(config, DOTS)
    assert to_taxonomy(config.model.head.taxonomy) == DOTS
    assert to_taxonomy(config.model.head.decoder.taxonomy) == DOTS
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        assert to_taxonomy(loader.dataset.taxonomy) == DOTS
    target = next(
        s for s in config.train_dataloader.dataset.pipeline if s.type == "GenerateTarget"
    )
    assert to_taxonomy(target.encoder.taxonomy) == DOTS
    assert config_taxonomy(config) == DOTS


def test_every_config_of_the_package_has_a_part_that_takes_it():
    for path in sorted(CONFIG_DIR.glob("*/*.py")):
        if path.parent.name in ("detection", "pose", "one_stage"):
            config = load_config(path)
            set_taxonomy(config, DOTS)
            assert "taxonomy" in str(config.model), path
            assert "taxonomy" in config.train_dataloader.dataset, path


@pytest.mark.parametrize(
    ("meta", "taxonomy"),
    [
        ({}, COCO_PERSON),
        ({"dataset_meta": {"dataset_name": "coco", "sigmas": [0.1]}}, COCO_PERSON),
        ({"dataset_meta": {"taxonomy": DOTS.to_dict()}}, DOTS),
    ],
    ids=["nothing", "of the hosts", "its own"],
)
def test_a_config_that_names_one_follows_a_checkpoint_that_brings_one(meta, taxonomy, tmp_path):
    weights = tmp_path / "w.pth"
    torch.save({"state_dict": {"a": torch.zeros(1)}, "meta": meta}, weights)
    config = load_config("rtmpose-s_60e_coco-person-256x192")
    take_taxonomy(config, weights)
    assert config_taxonomy(config) == taxonomy


def test_one_that_is_named_is_exchanged_for_the_two_instruments():
    config = load_config("rtmpose-s_60e_coco-person-256x192")
    set_taxonomy(config, SURGICAL)
    assert config_taxonomy(config) == SURGICAL
    assert to_taxonomy(config.model.head.taxonomy) == SURGICAL


def test_many_categories_do_not_swell_the_text_that_every_checkpoint_holds():
    """One line for every part that holds them, where nested lists made a hundred."""
    animals = Taxonomy("animals", tuple(Category(i, f"a{i}", tuple("abcd")) for i in range(54)))
    config = load_config("rtmpose-t_60e_instruments-256x256")
    lines = config.pretty_text.count("\n")
    set_taxonomy(config, animals)
    assert config.pretty_text.count("\n") < 1.2 * lines
