"""A taxonomy reaches every part of a config that counts categories or keypoints."""

import surgtools.register  # noqa: F401
from surgtools.configs import CONFIG_DIR
from surgtools.hosts.config_files import load_config
from surgtools.hosts.config_taxonomy import config_taxonomy, set_taxonomy
from surgtools.taxonomy import SURGICAL, Category, Taxonomy

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
    values = DOTS.to_dict()
    assert config.model.head.taxonomy.to_dict() == values
    assert config.model.head.decoder.taxonomy.to_dict() == values
    for loader in (config.train_dataloader, config.val_dataloader, config.test_dataloader):
        assert loader.dataset.taxonomy.to_dict() == values
    target = next(
        s for s in config.train_dataloader.dataset.pipeline if s.type == "GenerateTarget"
    )
    assert target.encoder.taxonomy.to_dict() == values
    assert config_taxonomy(config) == DOTS


def test_every_config_of_the_package_has_a_part_that_takes_it():
    for path in sorted(CONFIG_DIR.glob("*/*.py")):
        if path.parent.name in ("detection", "pose", "one_stage"):
            config = load_config(path)
            set_taxonomy(config, DOTS)
            assert "taxonomy" in str(config.model), path
            assert "taxonomy" in config.train_dataloader.dataset, path
