"""A trained head carried over to another input size answers alike."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.registry import init_default_scope
from mmpose.registry import MODELS

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import require_fit
from surgtools.hosts.config_files import load_config
from surgtools.models.input_size import resize_input

ROOT = Path(__file__).resolve().parents[2]
POSE = ROOT / "configs/pose"
SMALL = POSE / "rtmpose-s_60e_instruments-256x256.py"
LARGE = POSE / "rtmpose-s_60e_instruments-384x384.py"


def build_head(config):
    init_default_scope("mmpose")
    torch.manual_seed(0)
    return MODELS.build(config.model.head).eval()


def state_of(config):
    return {f"head.{key}": value for key, value in build_head(config).state_dict().items()}


def load(config, state):
    head = build_head(config)
    head.load_state_dict({key.removeprefix("head."): value for key, value in state.items()})
    return head


def test_same_picture_at_another_size_gives_the_same_curve():
    small, large = load_config(SMALL), load_config(LARGE)
    state = state_of(small)
    # smooth weights, as training makes them: noise has no other sampling
    rows, columns = torch.meshgrid(
        torch.linspace(-1, 1, 8), torch.linspace(-1, 1, 8), indexing="ij"
    )
    waves = torch.rand(256, 2, 1, 1)
    cells = torch.sin(3 * (waves[:, 0] * rows + waves[:, 1] * columns))
    state["head.mlp.1.weight"] = cells.reshape(256, 64)
    bins = torch.linspace(0, 3, 512)[:, None]
    for key in ("head.cls_x.weight", "head.cls_y.weight"):
        state[key] = torch.sin(bins * torch.rand(256))
    resized = resize_input(state, small, large)
    before, after = load(small, state), load(large, resized)
    maps = torch.rand(1, 10, 2, 2)
    with torch.no_grad():
        old, new = (
            head._decode_maps(torch.nn.functional.interpolate(maps, size, mode="bilinear"))
            for head, size in ((before, (8, 8)), (after, (12, 12)))
        )
    for one, other in zip(old[:2], new[:2], strict=True):
        assert other.shape[-1] == 768
        again = torch.nn.functional.interpolate(other, 512, mode="linear")
        assert (again - one).abs().max() < 0.1 * one.abs().max()


def test_what_does_not_depend_on_size_is_left_alone():
    small, large = load_config(SMALL), load_config(LARGE)
    state = state_of(small)
    resized = resize_input(state, small, large)
    require_fit(load(large, resized), {k.removeprefix("head."): v for k, v in resized.items()}, "")
    changed = {key for key in state if resized[key] is not state[key]}
    assert changed == {"head.mlp.1.weight", "head.cls_x.weight", "head.cls_y.weight"}


def test_wide_input_keeps_rows_and_columns_apart():
    small, wide = load_config(SMALL), load_config(LARGE)
    wide.model.head.input_size, wide.model.head.in_featuremap_size = (384, 256), (12, 8)
    resized = resize_input(state_of(small), small, wide)
    assert resized["head.mlp.1.weight"].shape == (256, 96)
    assert resized["head.cls_x.weight"].shape[0] == 768
    assert resized["head.cls_y.weight"].shape[0] == 512


def test_a_config_that_the_weights_were_not_trained_with():
    small, large = load_config(SMALL), load_config(LARGE)
    with pytest.raises(InputError, match="has 64 cells, the config .* 12 x 12"):
        resize_input(state_of(small), large, small)


def test_other_networks():
    small = load_config(SMALL)
    with pytest.raises(InputError, match="no `head.mlp.1.weight`"):
        resize_input({}, small, small)
    with pytest.raises(InputError, match="in_featuremap_size"):
        resize_input({}, load_config(POSE / "vitpose-s_60e_instruments-256x256.py"), small)


def test_tool_answers_a_missing_checkpoint_in_one_line(tmp_path):
    command = [sys.executable, str(ROOT / "tools/resize_input.py"), str(SMALL)]
    command += [str(tmp_path / "none.pth"), str(LARGE), str(tmp_path / "out.pth")]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1 and "none.pth" in done.stderr
    assert not (tmp_path / "out.pth").exists()
