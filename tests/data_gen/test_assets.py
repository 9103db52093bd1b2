"""Assets: what the user names is found, sorted, and refused with its name."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from data_gen.assets import Assets, list_skies, load_assets
from surgtools.errors import InputError


def test_nothing_named_is_nothing_loaded():
    assets = load_assets()
    assert not assets.backgrounds and not assets.skies and not assets.models
    assert assets.camera is None


def test_folders_are_listed_in_order(tmp_path):
    for name in ("b", "a"):
        cv2.imwrite(str(tmp_path / f"{name}.hdr"), np.ones((8, 16, 3), np.float32))
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.ones((8, 8, 3), np.uint8))
    assets = load_assets(backgrounds=str(tmp_path), hdris=str(tmp_path), textures=str(tmp_path))
    assert [path.name for path in assets.skies] == ["a.hdr", "b.hdr"]
    assert [path.name for path in assets.backgrounds] == ["a.png", "b.png"]
    assert assets.textures == assets.backgrounds


def test_one_broken_hdri_of_many_is_found_before_anything_renders(tmp_path):
    cv2.imwrite(str(tmp_path / "good.hdr"), np.ones((8, 16, 3), np.float32))
    (tmp_path / "bad.hdr").write_bytes(b"")
    with pytest.raises(InputError, match=r"bad\.hdr: the file is empty"):
        list_skies(tmp_path)


def test_missing_models_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.stl"):
        load_assets(models=[str(tmp_path / "none.stl")])


def test_a_new_category_is_drawn_as_often_as_the_others_and_is_no_look_alike():
    scissors = Path("docs/extend/scissors")
    models, file = [str(scissors / "scissors.yaml")], str(scissors / "taxonomy.yaml")
    assets = load_assets(models=models, taxonomy=file)
    assert assets.taxonomy.classes == ("needle_holder", "tweezers", "scissors")
    assert assets.labelled({"needle_holder": 3, "tweezers": 1}) == {
        "needle_holder": 3,
        "tweezers": 1,
        "scissors": 2,
    }
    assert assets.labelled({"scissors": 1}) == {"scissors": 1}
    assert assets.unlabelled({"scissors": 4, "clamp": 3}) == {"clamp": 3}
    only = Assets().labelled({"needle_holder": 1})
    assert only == {"needle_holder": 1}, "a preset may leave a category out"
    assert Assets().unlabelled({"scissors": 4, "clamp": 3}) == {"scissors": 4, "clamp": 3}


def test_a_category_that_nothing_shows_is_refused(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("name: own\ncategories: [{id: 1, name: hook, keypoints: [tip]}]\n")
    with pytest.raises(InputError, match="nothing shows hook; give a model"):
        load_assets(taxonomy=str(path)).labelled({"needle_holder": 1})
    path.write_text("name: own\ncategories: [{id: 4, name: tweezers, keypoints: [tip]}]\n")
    with pytest.raises(InputError, match="'tweezers' is another one than the built-in shape"):
        load_assets(taxonomy=str(path))
