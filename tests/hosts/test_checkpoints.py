"""A checkpoint fits its model exactly or is refused."""

import pytest
import torch
from torch import nn

import surgtools.register  # noqa: F401
from surgtools.errors import InputError
from surgtools.hosts.checkpoints import load_checkpoint, load_weights


def save(path, content):
    torch.save(content, path)
    return path


def test_weights_arrive(tmp_path):
    source, target = nn.Linear(2, 3), nn.Linear(2, 3)
    path = save(tmp_path / "a.pth", {"state_dict": source.state_dict(), "meta": {"epoch": 3}})
    assert load_weights(target, path)["meta"]["epoch"] == 3
    assert torch.equal(source.weight, target.weight)


def test_bare_state_dicts_are_accepted(tmp_path):
    path = save(tmp_path / "a.pth", nn.Linear(2, 3).state_dict())
    loaded = load_checkpoint(path)
    assert set(loaded["state_dict"]) == {"weight", "bias"}
    assert loaded["meta"] == {}


@pytest.mark.parametrize(
    "prefix", ["module.", "module.module.", "_orig_mod.", "module._orig_mod."]
)
def test_names_of_wrapped_models_are_those_of_the_model(tmp_path, prefix):
    source, target = nn.Linear(2, 3), nn.Linear(2, 3)
    state = {prefix + name: value for name, value in source.state_dict().items()}
    load_weights(target, save(tmp_path / "a.pth", {"state_dict": state}))
    assert torch.equal(source.weight, target.weight)


def test_the_average_that_the_hosts_keep_of_a_model_is_read(tmp_path):
    source, target = nn.Linear(2, 3), nn.Linear(2, 3)
    averaged = torch.optim.swa_utils.AveragedModel(source)
    load_weights(target, save(tmp_path / "a.pth", {"state_dict": averaged.state_dict()}))
    assert torch.equal(source.weight, target.weight)


def test_a_model_with_a_part_called_module_keeps_its_names(tmp_path):
    class Parts(nn.Module):
        def __init__(self):
            super().__init__()
            self.module, self.other = nn.Linear(2, 3), nn.Linear(2, 3)

    path = save(tmp_path / "a.pth", {"state_dict": Parts().state_dict()})
    assert "module.weight" in load_checkpoint(path)["state_dict"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(tmp_path, value):
    state = nn.Linear(2, 3).state_dict()
    state["bias"][1] = value
    with pytest.raises(InputError, match="a.pth: `bias` holds no numbers .*diverged"):
        load_weights(nn.Linear(2, 3), save(tmp_path / "a.pth", {"state_dict": state}))


@pytest.mark.parametrize("state", [{}, [], None, {"a": 1}, {1: torch.zeros(1)}])
def test_a_state_that_is_none_is_refused(tmp_path, state):
    with pytest.raises(InputError, match="a.pth: its `state_dict` holds no weights"):
        load_checkpoint(save(tmp_path / "a.pth", {"state_dict": state}))


def test_a_broken_meta_is_left_out(tmp_path):
    content = {"state_dict": nn.Linear(2, 3).state_dict(), "meta": 5}
    assert load_checkpoint(save(tmp_path / "a.pth", content))["meta"] == {}


@pytest.mark.parametrize("content", [{}, {"meta": {}}, [1, 2], {"a": 1}])
def test_files_without_weights(tmp_path, content):
    with pytest.raises(InputError, match="a.pth: holds no `state_dict`"):
        load_checkpoint(save(tmp_path / "a.pth", content))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (nn.Linear(2, 4), r"`weight` has shape \(4, 2\), the config makes \(3, 2\)"),
        (nn.Linear(2, 3, bias=False), "`bias` is missing"),
        (nn.Bilinear(2, 2, 3), "`weight` has shape"),
        (nn.Sequential(nn.Linear(2, 3)), "`weight` is missing"),
    ],
)
def test_another_model(tmp_path, other, message):
    path = save(tmp_path / "a.pth", {"state_dict": other.state_dict()})
    with pytest.raises(InputError, match=message):
        load_weights(nn.Linear(2, 3), path)


def test_unknown_weights(tmp_path):
    state = nn.Linear(2, 3).state_dict() | {"extra": torch.zeros(1)}
    with pytest.raises(InputError, match="`extra` is unknown"):
        load_weights(nn.Linear(2, 3), save(tmp_path / "a.pth", {"state_dict": state}))


class WithOption(nn.Module):
    optional_parts = ("extra",)

    def __init__(self, extra: bool = True) -> None:
        super().__init__()
        self.main = nn.Linear(2, 2)
        self.extra = nn.Linear(2, 1) if extra else None


@pytest.mark.parametrize("trained", [False, True])
def test_parts_that_were_not_trained_are_taken_out(tmp_path, trained):
    path = save(
        tmp_path / "a.pth",
        {"state_dict": {f"head.{k}": v for k, v in WithOption(trained).state_dict().items()}},
    )
    model = nn.ModuleDict({"head": WithOption()})
    load_weights(model, path)
    assert (model["head"].extra is not None) == trained
