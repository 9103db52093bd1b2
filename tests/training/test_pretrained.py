"""A training starts from the hosts' weights, and says what of them it takes."""

from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS
from torch import nn

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.training import pretrained
from surgtools.training.pretrained import (
    base_recipe,
    start_pretrained,
    weights_address,
    what_is_taken,
)

CONFIGS = Path(__file__).parents[2] / "configs"
RECIPE = "mmpose::body_2d_keypoint/rtmpose/coco/rtmpose-s_8xb256-420e_coco-256x192.py"


@MODELS.register_module()
class TwoLayers(nn.Module):
    """Six values and two."""

    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(2, 2), nn.Linear(1, 1)


@pytest.fixture
def config():
    return Config({"model": {"type": "TwoLayers"}, "default_scope": "mmengine"})


def test_the_recipe_is_found_through_configs_between():
    assert base_recipe(CONFIGS / "pose/rtmpose-s_60e_instruments-384x384.py") == RECIPE
    name = "rtmdet-lite0_60e_instruments-960x544"
    assert base_recipe(name) == "mmdet::rtmdet/rtmdet_tiny_8xb32-300e_coco.py"


def test_the_hosts_name_the_address_of_a_recipe():
    address = weights_address(RECIPE, "a.py")
    assert address.startswith("https://") and "rtmpose-s" in address
    assert address.endswith("-8edcf0d7_20230127.pth")


def test_a_config_without_recipe_or_weights_is_told(tmp_path):
    alone = tmp_path / "alone.py"
    alone.write_text("model = dict()\n")
    assert base_recipe(alone) is None
    with pytest.raises(InputError, match="alone.py: builds on no recipe of MMPose or MMDet"):
        weights_address(base_recipe(alone), str(alone))
    with pytest.raises(InputError, match="name no weights for mmdet::rtmdet/absent.py"):
        weights_address("mmdet::rtmdet/absent.py", "a.py")


def test_share_and_new_parts_by_hand():
    own = {
        "body.a.weight": torch.zeros(6),
        "head.b.weight": torch.zeros(3),
        "head.b.bias": torch.zeros(1),
    }
    # 6 of 10 values; the head has another shape or another name
    given = {"body.a.weight": torch.zeros(6), "head.b.weight": torch.zeros(4)}
    assert what_is_taken(own, given) == (
        "fills 60% of the network's 0.00 million values; new: head.b (2 tensors)"
    )
    assert what_is_taken(own, own) == "fills 100% of the network's 0.00 million values"


def test_a_file_is_taken_and_told(config, tmp_path):
    state = {k: v for k, v in TwoLayers().state_dict().items() if k.startswith("body")}
    torch.save({"state_dict": state}, tmp_path / "host.pth")
    told = []
    start_pretrained(config, "a.py", str(tmp_path / "host.pth"), told.append)
    assert config.load_from == str(tmp_path / "host.pth")
    # 6 of 8 values
    assert told == [
        "host.pth: fills 75% of the network's 0.00 million values; new: head.weight (1 tensors), "
        "head.bias (1 tensors)"
    ]


def test_without_a_file_the_weights_of_the_recipe_are_fetched(config, tmp_path, monkeypatch):
    torch.save({"state_dict": TwoLayers().state_dict()}, tmp_path / "fetched.pth")
    asked, told = [], []
    monkeypatch.setattr(
        pretrained, "fetch", lambda address: asked.append(address) or tmp_path / "fetched.pth"
    )
    name = CONFIGS / "pose/rtmpose-s_60e_instruments-256x256.py"
    start_pretrained(config, name, "auto", told.append)
    assert asked == [weights_address(RECIPE, "")] and asked[0] in told[0]
    assert "fills 100%" in told[1]


def test_two_starts_are_refused(config):
    config.load_from = "other.pth"
    with pytest.raises(InputError, match="starts from other.pth already"):
        start_pretrained(config, "a.py", "auto")


def test_a_model_of_the_package_is_found_by_its_name(config, monkeypatch):
    asked = []

    def load(file):
        asked.append(file)
        return {"state_dict": {}}

    monkeypatch.setattr(pretrained, "load_checkpoint", load)
    start_pretrained(config, "x", "rtmpose-s_instruments", lambda line: None)
    assert asked == [config.load_from]
    assert Path(config.load_from).is_file()
    assert config.load_from.endswith("zoo/rtmpose-s_instruments.pth")
