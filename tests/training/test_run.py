"""What ``train`` checks and changes before the host's runner takes over."""

import json
from contextlib import contextmanager

import pytest
import torch
from mmengine.config import Config
from mmengine.model import BaseModel
from mmengine.registry import DATASETS, MODELS

import surgtools.register  # noqa: F401
from surgtools.annotations.coco import CocoBuilder
from surgtools.errors import InputError
from surgtools.training.preconditions import require_data
from surgtools.training.run import set_epochs, train, use_mixed_precision


class ToyForTraining(BaseModel):
    def __init__(self, broken=False):
        super().__init__()
        self.layer, self.broken = torch.nn.Linear(1, 1), broken
        self.filter = torch.nn.Conv2d(2, 2, 3)

    def forward(self, inputs, mode="loss"):
        if self.broken:
            raise ValueError("a mistake of ours")
        return {"loss": self.layer(inputs).mean()}


class NumbersForTraining(torch.utils.data.Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return {"inputs": torch.tensor([float(index)])}


@pytest.fixture
def toy_parts():
    """Names that a config may use for the parts above."""
    with registered(MODELS, ToyForTraining), registered(DATASETS, NumbersForTraining):
        yield


@contextmanager
def registered(registry, part):
    registry.register_module(module=part)
    yield
    del registry._module_dict[part.__name__]


def schedule():
    return Config(
        {
            "train_cfg": {"max_epochs": 60, "val_interval": 5},
            "param_scheduler": [
                {"type": "LinearLR", "begin": 0, "end": 2},
                {"type": "CosineAnnealingLR", "begin": 2, "end": 60, "T_max": 58},
                {"type": "LinearLR", "begin": 0, "end": 500, "by_epoch": False},
            ],
        }
    )


@pytest.mark.parametrize(
    ("epochs", "begin", "end", "interval"), [(120, 4, 120, 10), (30, 1, 30, 2), (1, 0, 1, 1)]
)
def test_schedule_stretches_with_the_epochs(epochs, begin, end, interval):
    config = schedule()
    set_epochs(config, epochs)
    warmup, cosine, by_iteration = config.param_scheduler
    assert config.train_cfg.max_epochs == epochs
    assert config.train_cfg.val_interval == interval
    assert warmup.end == max(begin, 1)
    assert (cosine.begin, cosine.end) == (begin, end)
    assert by_iteration.end == 500


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_mixed_precision_suits_the_device(device):
    config = Config({"optim_wrapper": {"optimizer": {"type": "AdamW"}}, "custom_hooks": []})
    use_mixed_precision(config, device)
    on_cpu = [hook.type for hook in config.custom_hooks] == ["BFloat16FeaturesHook"]
    on_gpu = config.optim_wrapper.get("type") == "AmpOptimWrapper"
    assert (on_cpu, on_gpu) == (device == "cpu", device == "cuda")


def test_epochs_need_an_epoch_based_config():
    with pytest.raises(InputError, match="--epochs needs a config"):
        set_epochs(Config({"train_cfg": {"max_iters": 5}}), 3)


def test_data_without_instruments_is_refused(tmp_path):
    builder = CocoBuilder()
    builder.add_image("a.jpg", 8, 8)
    builder.write(tmp_path / "a.json")
    dataset = {"data_root": str(tmp_path), "ann_file": "a.json"}
    with pytest.raises(InputError, match="a.json: 1 pictures, 0 instruments"):
        require_data(Config({"train_dataloader": {"dataset": dataset}}))


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        (
            "InstrumentDataset",
            "hide",
            "none of the 14 instruments has iscrowd 0 and a keypoint with v > 0",
        ),
        (
            "InstrumentDataset",
            "crowd",
            "none of the 14 instruments has iscrowd 0 and a keypoint with v > 0",
        ),
        ("InstrumentDetDataset", "crowd", "none of the 14 instruments has iscrowd 0"),
        ("InstrumentDetDataset", "hide", None),  # a detector needs no keypoints
    ],
)
def test_data_of_which_nothing_can_be_learned_are_refused(drawn_dataset, kind, change, message):
    path = drawn_dataset / "train/coco_keypoints.json"
    content = json.loads(path.read_text())
    for row in content["annotations"]:
        if change == "hide":
            row["keypoints"] = [0] * len(row["keypoints"])
            row["num_keypoints"] = 0
        else:
            row["iscrowd"] = 1
    path.write_text(json.dumps(content))
    dataset = {"type": kind, "data_root": str(drawn_dataset), "ann_file": str(path)}
    config = Config({"train_dataloader": {"dataset": dataset}})
    if message is None:
        assert require_data(config) == []
        return
    with pytest.raises(InputError, match=f"{message}, so nothing can be learned"):
        require_data(config)


def test_a_work_folder_that_takes_no_files_is_refused_in_one_line(toy_parts, tmp_path):
    (tmp_path / "file").touch()
    for work_dir, message in (
        (tmp_path / "file", "is a file; --work-dir wants a folder"),
        (tmp_path / "file/run", "cannot be written .Not a directory"),
        (tmp_path / ("L" * 300), "cannot be written .File name too long"),
        ("/proc/run", "cannot be written"),
    ):
        with pytest.raises(InputError, match=message):
            train(toy_config(tmp_path / "run"), work_dir)


def test_a_start_that_is_no_number_is_refused(toy_parts, tmp_path):
    start = tmp_path / "start.pth"
    torch.save({"layer.weight": torch.full((1, 1), float("nan"))}, start)
    with pytest.raises(InputError, match="start.pth: `layer.weight` holds no numbers"):
        train(toy_config(tmp_path / "run", load_from=str(start)), tmp_path / "run")


def test_a_category_without_instruments_is_told(drawn_dataset):
    path = drawn_dataset / "train/coco_keypoints.json"
    content = json.loads(path.read_text())
    content["annotations"] = [row for row in content["annotations"] if row["category_id"] == 1]
    path.write_text(json.dumps(content))
    loaders = {
        f"{split}_dataloader": {
            "dataset": {
                "data_root": str(drawn_dataset),
                "ann_file": f"{split}/coco_keypoints.json",
            }
        }
        for split in ("train", "val")
    }
    (note,) = require_data(Config(loaders))
    assert note == f"{path}: holds no tweezers, not to be learned here"


def toy_config(work_dir, **changes):
    """A training of one linear layer, in the terms of a config."""
    config = {
        "model": {"type": "ToyForTraining"},
        "work_dir": str(work_dir),
        "train_dataloader": {
            "dataset": {"type": "NumbersForTraining"},
            "sampler": {"type": "DefaultSampler"},
            "batch_size": 2,
            "collate_fn": {"type": "default_collate"},
        },
        "train_cfg": {"by_epoch": True, "max_epochs": 1},
        "optim_wrapper": {"optimizer": {"type": "AdamW", "lr": 1e-3}},
        "param_scheduler": [{"type": "LinearLR"}],
        "custom_hooks": [],
        "default_hooks": {},
        "log_level": "ERROR",
        "experiment_name": str(work_dir).strip("/").replace("/", "-"),
    }
    config = Config(config)
    config.merge_from_dict(changes)
    return config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model.type": "NoSuchModel"}, "NoSuchModel is not in the"),
        ({"custom_hooks": [{"type": "NoSuchHook"}]}, "NoSuchHook is not in the"),
        ({"custom_hooks": [{"type": "EMAHook", "momentum": 7}]}, "momentum must be in range"),
        ({"optim_wrapper.optimizer.type": "NoSuchSGD"}, "None is not a callable"),
        (
            {"optim_wrapper.optimizer.lr": float("nan")},
            "optim_wrapper .*Invalid learning",
        ),
        ({"optim_wrapper.optimizer.lr": "fast"}, "not supported between instances"),
        ({"param_scheduler": [{"type": "NoSuchLR"}]}, "NoSuchLR is not in the"),
        (
            {"param_scheduler": [{"type": "LinearLR", "start_factor": 9}]},
            "Starting multiplicative",
        ),
        ({"train_cfg.max_epochs": 1.5}, "should be a integer"),
        ({"train_dataloader.dataset.type": "NoSuchSet"}, "NoSuchSet is not in the"),
        ({"train_dataloader.batch_size": 0}, "batch_size"),
        ({"train_dataloader.num_workers": -1}, "num_workers"),
    ],
    ids=str,
)
def test_settings_that_cannot_be_built(toy_parts, tmp_path, changes, message):
    with pytest.raises(InputError, match=message) as caught:
        train(toy_config(tmp_path / "run", **changes), tmp_path / "run")
    assert "\n" not in str(caught.value)


def test_errors_of_the_training_itself_keep_their_kind(toy_parts, tmp_path):
    with pytest.raises(ValueError, match="a mistake of ours"):
        config = toy_config(tmp_path / "run", model={"type": "ToyForTraining", "broken": True})
        train(config, tmp_path / "run")


def test_the_toy_trains(toy_parts, tmp_path):
    """The configs above fail for what was changed in them."""
    assert train(toy_config(tmp_path / "run"), tmp_path / "run").iter == 2


@pytest.mark.skipif(torch.cuda.is_available(), reason="on a CPU only")
def test_weights_lie_channels_last_on_a_cpu(toy_parts, tmp_path):
    model = train(toy_config(tmp_path / "run"), tmp_path / "run").model
    assert model.filter.weight.is_contiguous(memory_format=torch.channels_last)


def test_resuming_starts_from_load_from_until_there_is_something_to_resume(toy_parts, tmp_path):
    start = tmp_path / "start.pth"
    weight = torch.full((1, 1), 5.0)
    torch.save({"state_dict": {"layer.weight": weight, "layer.bias": torch.zeros(1)}}, start)

    def go_on():
        config = toy_config(tmp_path / "run", load_from=str(start))
        return train(config, tmp_path / "run", resume="auto")

    assert go_on().model.layer.weight.item() == pytest.approx(5, abs=0.1)
    torch.save({"state_dict": {"layer.weight": -weight, "layer.bias": torch.zeros(1)}}, start)
    again = go_on()
    assert again.iter == 2
    assert again.model.layer.weight.item() == pytest.approx(5, abs=0.1)


def test_resuming_says_where_there_is_nothing_to_resume(toy_parts, tmp_path, capsys):
    def go_on():
        train(toy_config(tmp_path / "run", log_level="WARNING"), tmp_path / "run", resume="auto")
        return capsys.readouterr().out

    told = f"{tmp_path / 'run'}: holds no checkpoint to go on from; beginning anew"
    assert told in go_on()
    assert told not in go_on()
